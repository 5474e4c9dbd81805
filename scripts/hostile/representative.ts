/** A representative's data folder that was made without a login, for a relay which a test plays. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDataFolder } from '@sallyport/runtime/folder';
import { writeIdentity } from '../../packages/support/src/identity/index.ts';
import { type Finished, programs, type RunOptions, runCommand } from '../stage/program.ts';
import type { StolenKeys } from './people.ts';

export type LoneRepresentative = {
  readonly data: string;
  /** A folder for files. */
  readonly files: string;
  run(args: readonly string[], options?: RunOptions): Promise<Finished>;
  remove(): void;
};

export async function makeLoneRepresentative(
  keys: StolenKeys,
  ports: readonly number[],
  { id = 'erin@maker.example', startMs = Date.now() }: { id?: string; startMs?: number } = {},
): Promise<LoneRepresentative> {
  const parent = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const data = join(parent, 'representative');
  openDataFolder(data, { program: 'sallyport', version: 1, create: true, setUp: '' }).markVersion();
  const own = await keys.issue('representative', id, startMs);
  const { certificate, tls } = own;
  const relay = { host: 'localhost', ports: [...ports] };
  writeIdentity(data, { v: 1, id, relay, key: tls.key, certificate, authority: keys.pems });
  return {
    data,
    files: mkdtempSync(join(parent, 'files-')),
    run: (args, options) =>
      runCommand(programs.support, [...args], { ...options, env: { SALLYPORT_DATA: data, ...options?.env } }),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}
