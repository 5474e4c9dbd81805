import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openStore, type Store, Together, type Writes } from './index.ts';
import { databases } from './testing/databases.ts';

for (const kind of databases) {
  describe(`writes that share transactions, on ${kind.name}`, () => {
    let running: Awaited<ReturnType<typeof kind.start>>;
    let store: Store;
    let together: Together;
    before(async () => {
      running = await kind.start();
      store = await openStore(await running.fresh());
      together = new Together(store);
    });
    after(async () => {
      await store.close();
      await running.stop();
    });

    const note =
      (host: string, error?: Error) =>
      async (writes: Writes): Promise<string> => {
        const row = { host, ports: '[]', started_at: 1, seen_at: 1, draining: 0 };
        await writes.insertInto('nodes').values(row).execute();
        if (error) throw error;
        return host;
      };
    const noted = async (prefix: string): Promise<string[]> => {
      const rows = await store.db.selectFrom('nodes').select('host').orderBy('host').execute();
      return rows.map(({ host }) => host).filter((host) => host.startsWith(prefix));
    };

    it('are all done, and each has its own answer', async () => {
      const hosts = Array.from({ length: 250 }, (_, n) => `a${String(n).padStart(3, '0')}`);
      assert.deepEqual(await Promise.all(hosts.map((host) => together.run(note(host)))), hosts);
      assert.deepEqual(await noted('a'), hosts);
    });

    it('leave nothing of one that fails, and all of the others', async () => {
      const wrong = new Error('wrong');
      const asked = ['b1', 'b2', 'b3', 'b4'].map((host) =>
        together.run(note(host, host === 'b3' ? wrong : undefined)),
      );
      const outcomes = await Promise.allSettled(asked);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
      );
      assert.deepEqual(await noted('b'), ['b1', 'b2', 'b4']);
    });

    it('run side by side', async () => {
      let [here, there] = [(): void => {}, (): void => {}];
      const one = new Promise<void>((resolve) => (here = resolve));
      const other = new Promise<void>((resolve) => (there = resolve));
      await Promise.all([
        together.run(note('c0')),
        together.run(async (writes) => {
          here();
          await other;
          return note('c1')(writes);
        }),
        together.run(async (writes) => {
          there();
          await one;
          return note('c2')(writes);
        }),
      ]);
      assert.deepEqual(await noted('c'), ['c0', 'c1', 'c2']);
    });
  });
}
