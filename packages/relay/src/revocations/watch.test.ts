import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fakeClock } from '@sallyport/protocol/testing';
import { sqlitePollMs, withoutDatabaseMs } from '../limits.ts';
import { openStore, type Store } from '../store/index.ts';
import { recordRevocation } from './revocations.ts';
import { watchRevocations } from './watch.ts';

describe('a watch for revocations', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sp-watch-'));
  const file = join(folder, 'relay.sqlite');
  let store: Store;
  let other: Store;

  before(async () => {
    store = await openStore({ file });
    other = await openStore({ file });
  });
  after(async () => {
    await store.close();
    await other.close();
    rmSync(folder, { recursive: true });
  });

  const revoke = (by: Store, subject: string): Promise<number> =>
    by.db
      .transaction()
      .execute((writes) =>
        recordRevocation(writes, { kind: 'representative', subject, key_sha256: 'k', reason: '', at: 0 }),
      );

  function watch(source: Store, from: number) {
    const clock = fakeClock();
    const seen: string[] = [];
    let tell = (): void => {};
    const started = watchRevocations({
      store: source,
      clock,
      log: silentLog,
      after: from,
      onRevocation: ({ subject }) => {
        seen.push(subject);
        tell();
      },
      onLost: () => seen.push('lost'),
      onBack: () => {
        seen.push('back');
        tell();
      },
    });
    const next = (): Promise<void> =>
      new Promise((resolve) => {
        tell = resolve;
      });
    return { clock, seen, next, watch: started };
  }

  it('tells what another process has written at its next poll, once and in order', async () => {
    const { clock, seen, next, watch: watching } = watch(store, 0);
    await store.foreignVersion();
    await revoke(other, 'one');
    await revoke(other, 'two');
    const told = next();
    await clock.advance(sqlitePollMs);
    await told;
    await store.foreignVersion();
    await store.foreignVersion();
    assert.deepEqual(seen, ['one', 'two']);
    watching.stop();
    assert.equal(clock.pending(), 0);
  });

  it('tells what this process has written when it is asked to look', async () => {
    const { seen, next, watch: watching } = watch(store, 2);
    await store.foreignVersion();
    await revoke(store, 'three');
    const told = next();
    watching.look();
    await told;
    assert.deepEqual(seen, ['three']);
    watching.stop();
  });

  it('says after thirty seconds that the database is lost, and when it is back what was missed', async () => {
    let broken = true;
    const failing: Store = {
      ...store,
      foreignVersion: () => (broken ? Promise.reject(new Error('unreachable')) : store.foreignVersion()),
    };
    const { clock, seen, next, watch: watching } = watch(failing, 2);
    await clock.advance(withoutDatabaseMs - 1);
    assert.equal(seen.length, 0);
    await clock.advance(1_000);
    assert.equal(seen.join(), 'lost', 'once');
    await revoke(other, 'four');
    broken = false;
    const told = next();
    await clock.advance(sqlitePollMs);
    await told;
    while (seen.at(-1) !== 'back') await next();
    assert.deepEqual(seen, ['lost', 'three', 'four', 'back']);
    watching.stop();
  });
});
