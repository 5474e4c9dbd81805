import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import type { Status } from './status.ts';
import { makeDevice, makeFolder, makeRelay, type TestDevice, type TestRelay } from './testing.ts';

/**
 * The relay was set up again from a backup of before a grant was opened: it does not know it, and may have given its
 * number away since.
 */
describe('a port number that has to change', { timeout: 60_000 }, () => {
  const folder = makeFolder();
  let relay: TestRelay;
  const devices: TestDevice[] = [];
  before(async () => {
    relay = await makeRelay(folder);
  });
  after(async () => {
    for (const device of devices) await device.close();
    await relay.close();
  });
  const opened = async (): Promise<{ device: TestDevice; status: Status }> => {
    const device = await makeDevice(relay);
    devices.push(device);
    device.enable();
    return { device, status: await device.until(({ state, tunnel }) => state === 'open' && tunnel === 'up') };
  };
  const forget = (database: DatabaseSync, { grant = '' }: Status): void => {
    for (const statement of ['DELETE FROM ports WHERE grant_id = ?', 'DELETE FROM grants WHERE id = ?']) {
      database.prepare(statement).run(grant);
    }
  };
  const noticeOf = ({ notices }: Status) => {
    const found = notices.find(({ code }) => code === 'port-number-changed');
    return [found?.details['from'], found?.details['why'], found?.text];
  };

  it('is told to the administrator, with the one before and why', async () => {
    const [loser, winner, forgotten] = [await opened(), await opened(), await opened()];
    const had = loser.status.port ?? 0;
    const rested = forgotten.status.port ?? 0;
    await relay.kill();
    const database = new DatabaseSync(join(folder, 'relay.sqlite'));
    for (const { status } of [loser, winner, forgotten]) forget(database, status);
    // By what the relay knows now, both numbers were somebody else's: one is, and one rests.
    const day = Date.now() + 86_400_000;
    const put = database.prepare('INSERT INTO ports (port, grant_id, free_from) VALUES (?, ?, ?)');
    put.run(rested, 'e'.repeat(32), day);
    const { grant: winning = '' } = winner.status;
    put.run(had, winning, day);
    database
      .prepare(
        `INSERT INTO grants (id, device, port, opened_at, ends_at, scopes, approval)
         VALUES (?, ?, ?, ?, ?, '["web"]', 0)`,
      )
      .run(winning, winner.status.relay?.device ?? '', had, Date.now(), day);
    database.close();
    await relay.start();

    const back = (device: TestDevice, before: number | undefined): Promise<Status> =>
      device.until(({ tunnel, port }) => tunnel === 'up' && port !== before);
    const lost = await back(loser.device, had);
    assert.deepEqual(noticeOf(lost), [
      had,
      'taken',
      `The port number had to change: another grant has ${had} now.`,
    ]);
    const gone = await back(forgotten.device, rested);
    assert.deepEqual(noticeOf(gone).slice(0, 2), [rested, 'forgotten']);
    assert.match(noticeOf(gone)[2] as string, new RegExp(`the relay no longer knew ${rested}`));
    const won = await back(winner.device, winner.status.port);
    assert.equal(won.port, had);
    // With the next grant it is no news any more.
    await loser.device.agent.disable('root');
    loser.device.enable();
    const next = await loser.device.until(({ state, tunnel }) => state === 'open' && tunnel === 'up');
    assert.deepEqual(noticeOf(next), [undefined, undefined, undefined]);
  });
});
