import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { grantListSchema } from '@sallyport/protocol/enrolment';
import { type Clock, type Log, silentLog } from '@sallyport/protocol/environment';
import { fail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { z } from 'zod';
import { notifyNodes } from '../bus/index.ts';
import { withoutDatabaseMs } from '../limits.ts';
import { keysOf, resetRepresentative, revokeRepresentative } from '../representatives/index.ts';
import { openStore } from '../store/index.ts';
import { startPostgres, type TestPostgres } from '../store/testing/postgres.ts';
import { closed } from '../testing/closed.ts';
import { dialBack, grantTerms, knock, openGrantOn, openSession } from '../testing/device.ts';
import { enrolDevice, join, logIn, type Person } from '../testing/people.ts';
import {
  ask,
  asOperator,
  clock,
  dial,
  makeFolder,
  random,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('two nodes on one PostgreSQL', () => {
  let postgres: TestPostgres;
  let folder: TestFolder;
  let a: TestRelay;
  let b: TestRelay;
  let device: Person;
  let erin: Person;
  /** Says what a node logs, such as "a bus-back-1". */
  const heard = new EventEmitter();
  const logTo = (node: string): Log => ({ ...silentLog, info: (event) => heard.emit(`${node} ${event}`) });

  /** Node a's monotonic clock can be set forward. */
  let skewMs = 0;
  const skewed: Clock = { ...clock, monotonicMs: () => clock.monotonicMs() + skewMs };

  before(async () => {
    postgres = await startPostgres();
    folder = await makeFolder({ databaseUrl: await postgres.database('nodes') });
    a = await startNode(folder, { node: 'a', log: logTo('a'), clock: skewed });
    b = await startNode(folder, { node: 'b', log: logTo('b') });
    device = await enrolDevice(a);
    erin = await logIn(b, 'erin@maker.example');
  });
  after(async () => {
    await a.stop();
    await b.stop();
    await postgres.stop();
    folder.remove();
  });

  it('joins a representative at one node with a device whose tunnel is at the other', async () => {
    const { tunnel, opened } = await openGrantOn(a, device);
    const knocking = knock(b, erin, opened.port);
    const { ticket, dial } = await tunnel.next('knock');
    assert.equal(dial, 'b.localhost');
    const far = await dialBack(b, device, ticket);
    const { socket: near } = await knocking;
    near.write('through b');
    assert.equal(String((await once(far, 'data'))[0]), 'through b');
    const { grants } = await ask(b, { path: '/v1/grants', as: erin.identity, answer: grantListSchema });
    assert.equal(grants[0]?.connected, true);
    near.destroy();
    tunnel.socket.close();
    await tunnel.closed();
  });

  it('binds a ticket to the node that made it', async () => {
    const { tunnel, opened } = await openGrantOn(a, device);
    const knocking = knock(b, erin, opened.port);
    const { ticket } = await tunnel.next('knock');
    await assert.rejects(dialBack(a, device, ticket), withCode('ticket-unknown'));
    const far = await dialBack(b, device, ticket);
    (await knocking).socket.destroy();
    far.destroy();
    tunnel.socket.close();
  });

  it("passes on the device's refusal to the node that asked", async () => {
    const { tunnel, opened } = await openGrantOn(a, device);
    const knocking = knock(b, erin, opened.port);
    knocking.catch(() => {});
    const { ticket } = await tunnel.next('knock');
    tunnel.send({ type: 'decline', ticket, error: toWireError(fail('cut-off')) });
    await assert.rejects(knocking, withCode('cut-off'));
    tunnel.socket.close();
  });

  it('cuts a splice at one node when the device closes the grant at the other', async () => {
    const { tunnel, opened, terms } = await openGrantOn(a, device);
    const parties = { tunnel, port: opened.port, device, representative: erin };
    const { near } = await openSession(b, parties);
    tunnel.send({ type: 'close', grant: terms.grant, reason: 'disabled' });
    await closed(near);
    tunnel.socket.close();
  });

  it('ends the older tunnel at one node when the device comes to the other, and keeps the port number', async () => {
    const terms = grantTerms();
    const older = await openGrantOn(a, device, terms);
    const newer = await openGrantOn(b, device, terms);
    assert.equal((await older.tunnel.next('refused')).error.code, 'tunnel-superseded');
    assert.equal(newer.opened.port, older.opened.port);
    const parties = { tunnel: newer.tunnel, port: newer.opened.port, device, representative: erin };
    const { near } = await openSession(a, parties);
    near.destroy();
    newer.tunnel.socket.close();
    await newer.tunnel.closed();
  });

  it('cuts what is live at both nodes within a second after a revocation', async () => {
    const mallory = await logIn(a, 'mallory');
    const { tunnel, opened } = await openGrantOn(a, device);
    const parties = { tunnel, port: opened.port, device, representative: mallory };
    const atA = await openSession(a, parties);
    const atB = await openSession(b, parties);
    const cut = Promise.all([closed(atA.near), closed(atB.near)]);
    const store = await openStore(folder.place);
    const act = { now: clock.wallMs(), actor: 'test', reason: '' };
    await store.db.transaction().execute((writes) => revokeRepresentative(writes, 'mallory', act));
    const doneAt = performance.now();
    await notifyNodes(store);
    await cut;
    assert.ok(performance.now() - doneAt < 1_000);
    await store.close();
    assert.equal((await tunnel.next('revoked')).representative, 'mallory');
    tunnel.socket.close();
    await tunnel.closed();
  });

  it('cuts what is live at both nodes within a second after a reset, and takes the new key at either', async () => {
    const lena = await logIn(a, 'lena');
    const { tunnel, opened } = await openGrantOn(a, device);
    const parties = { tunnel, port: opened.port, device, representative: lena };
    const atA = await openSession(a, parties);
    const atB = await openSession(b, parties);
    const cut = Promise.all([closed(atA.near), closed(atB.near)]);
    const store = await openStore(folder.place);
    const now = clock.wallMs();
    const act = { now, actor: 'test', random, endsAt: now + 3_600_000 };
    const secret = await store.db.transaction().execute((w) => resetRepresentative(w, 'lena', act));
    const doneAt = performance.now();
    await notifyNodes(store);
    await cut;
    assert.ok(performance.now() - doneAt < 1_000);
    assert.deepEqual((await tunnel.next('revoked')).reason, 'reset');
    for (const node of [a, b]) {
      await assert.rejects(knock(node, lena, opened.port), withCode('identity-revoked'));
    }
    const again = await join(b, '/v1/logins', secret);
    (await openSession(a, { ...parties, representative: again })).near.destroy();
    const keys = await keysOf(store.db, 'lena');
    assert.deepEqual(
      keys.map(({ ended_why }) => ended_why),
      ['', 'reset'],
    );
    await store.close();
    tunnel.socket.close();
    await tunnel.closed();
  });

  it('ends at both nodes who was invited until a moment', async () => {
    const omar = await logIn(b, 'omar');
    const { tunnel, opened } = await openGrantOn(a, device);
    const parties = { tunnel, port: opened.port, device, representative: omar };
    const atA = await openSession(a, parties);
    const atB = await openSession(b, parties);
    const cut = Promise.all([closed(atA.near), closed(atB.near)]);
    await asOperator(folder, (writes) =>
      writes
        .updateTable('representatives')
        .set({ ends_at: clock.wallMs() })
        .where('id', '=', 'omar')
        .execute(),
    );
    const doneAt = performance.now();
    await cut;
    assert.ok(performance.now() - doneAt < 1_000);
    tunnel.socket.close();
    await tunnel.closed();
  });

  it('hears again after its connection to the database was broken, and reads what it missed', async () => {
    const eve = await logIn(b, 'eve');
    const { tunnel, opened } = await openGrantOn(a, device);
    const parties = { tunnel, port: opened.port, device, representative: eve };
    const { near } = await openSession(b, parties);
    const backAgain = Promise.all([once(heard, 'a bus-back-1'), once(heard, 'b bus-back-1')]);
    const store = await openStore(folder.place);
    await store.postgres?.pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'sallyport-relay-bus'",
    );
    const act = { now: clock.wallMs(), actor: 'test', reason: '' };
    await store.db.transaction().execute((writes) => revokeRepresentative(writes, 'eve', act));
    await closed(near);
    await store.close();
    await backAgain;
    const knocking = knock(b, erin, opened.port);
    knocking.catch(() => {});
    const { ticket } = await tunnel.next('knock');
    tunnel.send({ type: 'decline', ticket, error: toWireError(fail('cut-off')) });
    await assert.rejects(knocking, withCode('cut-off'));
    tunnel.socket.close();
  });

  it('ends all sessions and tunnels after thirty seconds without the database, and takes no new ones', async () => {
    const { tunnel, opened } = await openGrantOn(a, device);
    const { near } = await openSession(a, { tunnel, port: opened.port, device, representative: erin });
    const standing = await dial(a, erin.identity);
    await postgres.stop();
    near.write('still here');
    skewMs = withoutDatabaseMs;
    await closed(near);
    assert.equal((await tunnel.next('refused')).error.code, 'relay-database-lost');
    const health = await ask(a, { path: '/v1/health', answer: z.object({ ok: z.boolean() }) });
    assert.equal(health.ok, false);
    standing.write('GET /v1/whoami HTTP/1.1\r\nHost: x\r\n\r\n');
    const [answer] = (await once(standing, 'data')) as [Buffer];
    assert.match(String(answer), /^HTTP\/1\.1 503 /);
    await assert.rejects(knock(a, erin, opened.port), withCode('relay-database-lost'));
    standing.destroy();
  });
});
