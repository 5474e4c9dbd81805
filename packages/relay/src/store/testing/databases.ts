import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StorePlace } from '../index.ts';
import { startPostgres } from './postgres.ts';

/** A kind of database, and new empty ones of it. */
export type TestDatabases = {
  readonly name: string;
  start(): Promise<{ fresh(): Promise<StorePlace>; stop(): Promise<void> }>;
};

/** Every kind that the relay's queries have to run on. */
export const databases: readonly TestDatabases[] = [
  {
    name: 'SQLite',
    async start() {
      const folder = mkdtempSync(join(tmpdir(), 'sp-store-'));
      let count = 0;
      return {
        fresh: async () => ({ file: join(folder, `${count++}.sqlite`) }),
        stop: async () => rmSync(folder, { recursive: true, force: true }),
      };
    },
  },
  {
    name: 'PostgreSQL',
    async start() {
      const server = await startPostgres();
      let count = 0;
      return {
        fresh: async () => ({ databaseUrl: await server.database(`test_${count++}`) }),
        stop: () => server.stop(),
      };
    },
  },
];
