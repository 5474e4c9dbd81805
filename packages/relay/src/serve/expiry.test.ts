import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { lowestPortNumber, makeGrantId } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom } from '@sallyport/protocol/testing';
import type { BusEvent } from '../bus/index.ts';
import { expiredAtOnce } from '../limits.ts';
import { openStore } from '../store/index.ts';
import type { Node } from './context.ts';
import { watchExpiry } from './expiry.ts';

describe('looking for grants that are over', () => {
  it('closes all that a relay missed while it was off, without waiting for the next tick', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sp-expiry-'));
    const clock = fakeClock();
    const random = seededRandom(1);
    const store = await openStore({ file: join(folder, 'relay.sqlite') });
    const ids = Array.from({ length: expiredAtOnce * 2 + 1 }, () => makeGrantId(random));
    const now = clock.wallMs();
    await store.db.transaction().execute(async (writes) => {
      for (const [index, id] of ids.entries()) {
        const device = `d${index}`;
        const keys = { name: '', key_sha256: id, token: '', enrolled_at: now, certificate_ends_at: now };
        await writes
          .insertInto('devices')
          .values({ id: device, ...keys })
          .execute();
        const times = { opened_at: now - 2, ends_at: now - 1 };
        const port = lowestPortNumber + index;
        await writes
          .insertInto('grants')
          .values({ id, device, port, ...times, scopes: '[]', approval: 0 })
          .execute();
      }
    });

    const told = new Set<string>();
    await new Promise<void>((resolve) => {
      const publish = (event: BusEvent): void => {
        if (event.kind === 'grant') told.add(event.grant);
        if (told.size === ids.length) resolve();
      };
      const state = { draining: false, databaseLost: false, stopped: false };
      watchExpiry({ store, clock, bus: { publish }, log: silentLog, host: 'a', state } as unknown as Node);
    });
    assert.deepEqual(told, new Set(ids));
    await store.close();
    rmSync(folder, { recursive: true });
  });
});
