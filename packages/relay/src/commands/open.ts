import { userInfo } from 'node:os';
import type { Clock, Random } from '@sallyport/protocol/environment';
import { systemClock } from '@sallyport/runtime/clock';
import { type DataFolder, dataFolderPath, openDataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { hasAuthority } from '../authority/index.ts';
import { fail } from '../errors/index.ts';
import { commandFailure, openStore, type Store, type StorePlace } from '../store/index.ts';
import { loadRelayConfig, type RelayConfig } from './config.ts';

/** The layout of the data folder that this program writes. */
export const folderVersion = 1;
const program = 'sallyport-relay';

export type CommonOptions = {
  readonly data?: string;
  readonly json?: boolean;
  readonly databaseUrl?: string;
};

export const relayFolderPath = (data: string | undefined): string => dataFolderPath({ program, data });

export function openRelayFolder(path: string, create: boolean): DataFolder {
  return openDataFolder(path, { program, version: folderVersion, create, setUp: 'sallyport-relay init' });
}

/** A relay's folder and settings. @throws folder-missing, relay-missing, config-key-unknown, … */
export function findRelay(
  options: { readonly data?: string },
  flags: { readonly [key: string]: unknown } = {},
): { folder: DataFolder; config: RelayConfig & { name: string } } {
  const folder = openRelayFolder(relayFolderPath(options.data), false);
  const config = loadRelayConfig(folder.path, flags);
  const { name } = config;
  if (name === undefined) throw fail('relay-missing', { details: { folder: folder.path } });
  return { folder, config: { ...config, name } };
}

export function storePlace(folder: DataFolder, config: RelayConfig): StorePlace {
  return config.databaseUrl === undefined
    ? { file: folder.file('relay.sqlite') }
    : { databaseUrl: config.databaseUrl };
}

/** What a command that changes or reads the database is given. */
export type Work = {
  readonly folder: DataFolder;
  readonly config: RelayConfig & { readonly name: string };
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly now: number;
  /** Who does it, for the audit log: the user of this machine. */
  readonly actor: string;
};

/** Opens the relay's database, also while `serve` runs, does the work, and closes it. */
export async function withRelay<T>(options: CommonOptions, work: (opened: Work) => Promise<T>): Promise<T> {
  const { folder, config } = findRelay(options, { databaseUrl: options.databaseUrl });
  if (!hasAuthority(folder.path)) {
    const reason = 'authority/root.crt is not there';
    throw fail('authority-incomplete', { details: { folder: folder.path, reason } });
  }
  const clock = systemClock();
  const store = await openStore(storePlace(folder, config));
  try {
    const now = clock.wallMs();
    return await work({ folder, config, store, clock, random: systemRandom, now, actor: operator() });
  } catch (error) {
    throw commandFailure(error);
  } finally {
    await store.close();
  }
}

export function operator(): string {
  try {
    return `operator/${userInfo().username}`;
  } catch {
    return 'operator';
  }
}
