import type { Clock, Random } from '@sallyport/protocol/environment';
import { type DataFolder, dataFolderPath, openDataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { type IdentityStore, identityStore } from '../identity/index.ts';
import { openState, type State } from '../state/index.ts';
// Not by the folder's index: most commands need no tunnel.
import { type RelayTime, relayTimeOf } from '../tunnel/relayTime.ts';
import { relayPortsOf } from './settings.ts';

/** The layout of the agent's data folder. */
const layout = 1;

/** The agent's data folder, by `--data`, `SALLYPORT_DATA` or the usual place. */
export function deviceFolder(data: string | undefined, options: { create: boolean }): DataFolder {
  return openDataFolder(dataFolderPath({ program: 'sallyport-device', data }), {
    program: 'sallyport-device',
    version: layout,
    create: options.create,
    setUp: 'sallyport-device enroll TOKEN',
  });
}

/** The device's identity, with the relay's ports as the settings of the folder have them. @throws config-… */
export const identityOf = (folder: DataFolder, relayPorts = relayPortsOf(folder.path)): IdentityStore =>
  identityStore(folder.file('identity.json'), relayPorts);

/** By what a relay is judged that has not told the time: this folder's last known time, and the machine's clock. */
export const timeOf = (folder: DataFolder, clock: Clock): Promise<RelayTime> =>
  withState(folder, systemRandom, ({ settings }) => relayTimeOf(settings, clock));

/** Uses the state of a folder, also while the agent runs, and closes it. */
export async function withState<T>(
  folder: DataFolder,
  random: Random,
  use: (state: State) => T | Promise<T>,
): Promise<T> {
  const state = openState(folder.path, random);
  try {
    return await use(state);
  } finally {
    state.close();
  }
}
