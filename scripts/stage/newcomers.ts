/** How devices and representatives come to a relay: by the same commands that people type. */
import { mustRun, programs } from './program.ts';

/** Runs a command to its end, on one of the machines. @returns what it said */
export type Machine = (command: string, args: string[]) => Promise<string>;
/** Where the programs run; all of them here unless told. */
export type Machines = {
  readonly relay?: Machine;
  readonly device?: Machine;
  readonly representative?: Machine;
};

/** Enrols a device, with a token of the relay. */
export async function enrolDevice(
  relayData: string,
  deviceData: string,
  { relay = mustRun, device = mustRun }: Machines = {},
): Promise<void> {
  const token = await relay(programs.relay, ['device', 'token', '--data', relayData]);
  await device(programs.device, ['enroll', token.trim(), '--data', deviceData]);
}

/** Logs a representative in whom the relay invites, or lets come anew (`reset`). */
export async function logIn(
  relayData: string,
  id: string,
  data: string,
  options: Machines & { readonly how?: 'invite' | 'reset' } = {},
): Promise<void> {
  const { relay = mustRun, representative = mustRun, how = 'invite' } = options;
  const invite = await relay(programs.relay, ['representative', how, id, '--data', relayData]);
  await representative(programs.support, ['login', invite.trim(), '--data', data]);
}
