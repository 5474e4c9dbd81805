import {
  chmodSync,
  cpSync,
  existsSync,
  globSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { hostSchema } from '@sallyport/protocol/identity';
import { parse } from 'yaml';
import { z } from 'zod';

/** Data folders of a vendor's own set-up. The drill works on copies of them, on this machine, under the name `localhost`. */
export type Borrowed = {
  readonly relayData?: string | undefined;
  readonly deviceData?: string | undefined;
  readonly representativeData?: string | undefined;
};

const identitySchema = z.looseObject({
  id: z.string().max(128),
  host: hostSchema.optional(),
  ports: z.array(z.number()).optional(),
  relay: z.looseObject({ host: hostSchema }).optional(),
});
const relaySchema = z.looseObject({ name: hostSchema, 'database-url': z.string().optional() });

/**
 * Puts copies where the stage expects its folders, and moves them to `localhost`: who has the relay's keys can make a
 * certificate for that name as well as for any other.
 *
 * @returns the id of the representative; undefined if none was borrowed
 */
export function borrow(from: Borrowed, folder: string, relayPorts: readonly number[]): string | undefined {
  const { relayData, deviceData, representativeData } = from;
  if (!relayData) {
    if (deviceData || representativeData)
      throw new Error('--device-data and --representative-data need --relay-data');
    return undefined;
  }
  copyRelay(relayData, join(folder, 'relay'), relayPorts, Boolean(deviceData || representativeData));
  if (deviceData) {
    copyFolder(deviceData, join(folder, 'device'));
    moveIdentity(join(folder, 'device'), (identity) => ({
      ...identity,
      host: 'localhost',
      ports: relayPorts,
    }));
  }
  if (!representativeData) return undefined;
  const id = readIdentity(representativeData).id;
  copyFolder(representativeData, join(folder, id));
  moveIdentity(join(folder, id), (identity) => ({
    ...identity,
    relay: { host: 'localhost', ports: relayPorts },
  }));
  return id;
}

function copyRelay(from: string, to: string, ports: readonly number[], identities: boolean): void {
  copyFolder(from, to);
  const file = join(to, 'config.yaml');
  const config = relaySchema.parse(parse(readFileSync(file, 'utf8')));
  if (config['database-url'] !== undefined && identities) {
    throw new Error(
      'the relay keeps its database in PostgreSQL, and the drill does not touch that: leave out --device-data and ' +
        '--representative-data, and the drill makes its own with the keys of the relay',
    );
  }
  const listen = ports.map((port) => `127.0.0.1:${port}`);
  writeFileSync(file, `name: localhost\nlisten: ${JSON.stringify(listen)}\n`);
}

function copyFolder(from: string, to: string): void {
  if (!existsSync(join(from, 'version'))) throw new Error(`${from} is no data folder of Sallyport`);
  // The socket of an agent cannot be copied, and belongs to it.
  cpSync(from, to, { recursive: true, filter: (path) => !statSync(path).isSocket() });
  for (const path of ['.', ...globSync('**', { cwd: to })].map((name) => join(to, name))) {
    chmodSync(path, statSync(path).isDirectory() ? 0o700 : 0o600);
  }
}

const readIdentity = (data: string): z.output<typeof identitySchema> =>
  identitySchema.parse(JSON.parse(readFileSync(join(data, 'identity.json'), 'utf8')));

function moveIdentity(data: string, change: (identity: z.output<typeof identitySchema>) => object): void {
  writeFileSync(join(data, 'identity.json'), JSON.stringify(change(readIdentity(data))), { mode: 0o600 });
  // Whatever else they were told about the way to the relay is true there and not here.
  rmSync(join(data, 'config.yaml'), { force: true });
}
