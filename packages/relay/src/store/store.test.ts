import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { SallyportError } from '@sallyport/protocol/errors';
import { highestPortNumber, lowestPortNumber, makeGrantId, type StreamId } from '@sallyport/protocol/grant';
import { makeRecordingId } from '@sallyport/protocol/recording';
import { seededRandom } from '@sallyport/protocol/testing';
import { sql } from 'kysely';
import { audit, verifyChain } from '../audit/index.ts';
import { findDevice, listDevices, removeDevice } from '../devices/index.ts';
import {
  closeExpired,
  closeGrant,
  findByPort,
  listOpenGrants,
  noteHeads,
  openGrant,
} from '../grants/index.ts';
import { expiredAtOnce, grantsPerHour, nodeGoneMs, portRestMs } from '../limits.ts';
import {
  endRepresentatives,
  findRepresentative,
  inviteRepresentative,
  keysOf,
  listRepresentatives,
  resetRepresentative,
  revokeRepresentative,
  someoneEnded,
  timeIsOver,
} from '../representatives/index.ts';
import { lastRevocation, recordRevocation, revocationsAfter, revokedKeys } from '../revocations/index.ts';
import { findToken, makeToken, spendToken } from '../tokens/index.ts';
import { claimTunnel, nodeOfTunnel, releaseTunnel } from '../tunnel/index.ts';
import { openStore, type Store, type StorePlace, type Writes } from './index.ts';
import { databases } from './testing/databases.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;
const now = Date.UTC(2027, 0, 1);
const hourMs = 3_600_000;
const hex = (text: string): string => Buffer.from(text.padEnd(32, '.')).toString('hex');

for (const kind of databases) {
  describe(`the store on ${kind.name}`, () => {
    let running: Awaited<ReturnType<typeof kind.start>>;
    let place: StorePlace;
    let store: Store;
    const random = seededRandom(1);
    const write = <T>(work: (writes: Writes) => Promise<T>): Promise<T> =>
      store.db.transaction().execute(work);

    before(async () => {
      running = await kind.start();
    });
    after(() => running.stop());
    beforeEach(async () => {
      place = await running.fresh();
      store = await openStore(place);
    });
    afterEach(() => store.close());

    async function addDevice(id: string): Promise<string> {
      await store.db
        .insertInto('devices')
        .values({
          id,
          name: `name of ${id}`,
          key_sha256: hex(id),
          token: '',
          enrolled_at: now,
          certificate_ends_at: now + hourMs,
        })
        .execute();
      return id;
    }
    const terms = (leftMs = hourMs, grant = makeGrantId(random)) =>
      ({ grant, leftMs, scopes: ['terminal', 'web'], approval: true, reference: 'CASE-7' }) as const;
    const open = (device: string, asked = terms(), at = now, hadPort?: number) =>
      write((writes) => openGrant(writes, asked, { device, hadPort, now: at, random }));

    it('can be opened again, with everything still in it', async () => {
      await addDevice('d1');
      await store.close();
      store = await openStore(place);
      assert.equal((await findDevice(store.db, 'd1'))?.name, 'name of d1');
    });

    it('refuses a database of a later version, and changes nothing in it', async () => {
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`.execute(
        store.db,
      );
      await assert.rejects(openStore(place), withCode('store-newer'));
    });

    it('notes how far recordings of a device are sealed, in its own grants alone, also when they are closed', async () => {
      for (const id of ['d1', 'd2']) await addDevice(id);
      const asked = terms();
      await open('d1', asked);
      const { grant } = asked;
      const head = {
        recording: makeRecordingId(42, grant),
        session: 'a'.repeat(32) as StreamId,
        seal: 3,
        lines: 195,
        bytes: 18_233,
        sha256: hex('head'),
        end: false,
      };
      const note = (device: string) =>
        write((writes) =>
          noteHeads(writes, { type: 'heads', id: 1, grant, recordings: [head] }, { device, now }),
        );
      const noted = async (): Promise<unknown[]> =>
        (
          await store.db.selectFrom('audit').selectAll().where('event', '=', 'recording-head-1').execute()
        ).map(({ actor, subject, details }) => [actor, subject, JSON.parse(details)]);
      await note('d2');
      assert.deepEqual(await noted(), []);
      await note('d1');
      await write((writes) =>
        closeGrant(writes, { grant, device: 'd1' }, { now, why: 'disabled', actor: 'device/d1' }),
      );
      await note('d1');
      const entry = ['device/d1', `grant/${grant}`, head];
      assert.deepEqual(await noted(), [entry, entry]);
      await verifyChain(store.db);
    });

    it('undoes all of a transaction that fails', async () => {
      const failing = write(async (writes) => {
        await recordRevocation(writes, {
          kind: 'device',
          subject: 'd1',
          key_sha256: hex('a'),
          reason: '',
          at: now,
        });
        throw new Error('no');
      });
      await assert.rejects(failing, /no/);
      assert.equal(await lastRevocation(store.db), 0);
    });

    it('lets only one of many at the same time have the last use of a token', async () => {
      const { secret } = await write((writes) =>
        makeToken(writes, { kind: 'device', uses: 3, endsAt: now + hourMs }, { random, now }),
      );
      const token = await findToken(store.db, 'device', secret);
      const tries = Array.from({ length: 8 }, () => write((writes) => spendToken(writes, token, now)));
      const settled = await Promise.allSettled(tries);
      assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 3);
      for (const one of settled)
        if (one.status === 'rejected') assert.ok(withCode('token-spent')(one.reason));
    });

    it('keeps a secret as a hash only', async () => {
      const { secret } = await write((writes) =>
        makeToken(writes, { kind: 'device', uses: 1, endsAt: now + hourMs }, { random, now }),
      );
      const rows = await store.db.selectFrom('tokens').selectAll().execute();
      assert.ok(!JSON.stringify(rows).includes(secret));
      await assert.rejects(findToken(store.db, 'representative', secret), withCode('token-unknown'));
      await assert.rejects(findToken(store.db, 'device', `${secret}x`), withCode('token-unknown'));
    });

    it('refuses a token after its end', async () => {
      const { secret } = await write((writes) =>
        makeToken(writes, { kind: 'device', uses: 1, endsAt: now + 1 }, { random, now }),
      );
      const token = await findToken(store.db, 'device', secret);
      await assert.rejects(
        write((writes) => spendToken(writes, token, now + 1)),
        withCode('token-ended'),
      );
    });

    it('gives every open grant a port number of its own, and tells which grant a number names', async () => {
      const devices = ['d1', 'd2', 'd3', 'd4'];
      for (const device of devices) await addDevice(device);
      const opened = await Promise.all(devices.map((device) => open(device)));
      const ports = opened.map(({ grant }) => grant.port);
      assert.equal(new Set(ports).size, devices.length);
      for (const { grant } of opened) {
        assert.ok(grant.port >= lowestPortNumber && grant.port <= highestPortNumber);
        assert.equal((await findByPort(store.db, grant.port as never, now))?.id, grant.id);
      }
      assert.deepEqual((await listOpenGrants(store.db, now))[0]?.scopes, ['terminal', 'web']);
    });

    it('keeps the port number of a grant that comes again', async () => {
      await addDevice('d1');
      const asked = terms();
      const first = await open('d1', asked);
      const again = await open('d1', asked, now + 1000);
      assert.equal(again.grant.port, first.grant.port);
      assert.equal(again.changed, undefined);
    });

    it('does not give a number again before 24 hours have passed since its grant ended', async () => {
      await addDevice('d1');
      await addDevice('d2');
      const { grant } = await open('d1');
      await write((writes) =>
        closeGrant(writes, { grant: grant.id, device: 'd1' }, { now, why: 'disabled', actor: 'test' }),
      );
      const early = await open('d2', terms(), now + portRestMs - 1, grant.port);
      assert.notEqual(early.grant.port, grant.port);
      assert.deepEqual(early.changed, { from: grant.port, why: 'forgotten' });
      const later = await open('d2', terms(), now + portRestMs, grant.port);
      assert.equal(later.grant.port, grant.port);
      assert.equal(later.changed, undefined);
    });

    it('says that another grant has the number that a forgotten one had, if one has', async () => {
      await addDevice('d1');
      await addDevice('d2');
      const { grant } = await open('d1');
      const { changed } = await open('d2', terms(), now, grant.port);
      assert.deepEqual(changed, { from: grant.port, why: 'taken' });
    });

    it('finds the last free number, and says so when there is none', async () => {
      await addDevice('d1');
      const all = Array.from(
        { length: highestPortNumber - lowestPortNumber + 1 },
        (_, i) => lowestPortNumber + i,
      );
      const last = 43_210;
      const held = all.filter((port) => port !== last);
      for (let i = 0; i < held.length; i += 500) {
        const rows = held
          .slice(i, i + 500)
          .map((port) => ({ port, grant_id: String(port), free_from: now + hourMs }));
        await store.db.insertInto('ports').values(rows).execute();
      }
      assert.equal((await open('d1')).grant.port, last);
      await addDevice('d2');
      await assert.rejects(open('d2'), withCode('port-numbers-used-up'));
    });

    it('has one open grant a device: a new one closes the one before', async () => {
      await addDevice('d1');
      const first = await open('d1');
      const second = await open('d1');
      assert.deepEqual(second.replaced, [first.grant.id]);
      assert.deepEqual(
        (await listOpenGrants(store.db, now)).map(({ grant }) => grant),
        [second.grant.id],
      );
    });

    it('has one open grant a device also when two ask at the same time', async () => {
      await addDevice('d1');
      await Promise.allSettled([open('d1'), open('d1'), open('d1')]);
      assert.equal((await listOpenGrants(store.db, now)).length, 1);
    });

    it(`refuses more than ${grantsPerHour} new grants of a device in an hour`, async () => {
      await addDevice('d1');
      for (let i = 0; i < grantsPerHour; i++) await open('d1', terms(), now + i);
      await assert.rejects(open('d1', terms(), now + 100), withCode('rate-limited'));
      await open('d1', terms(), now + hourMs);
    });

    it('ends a grant 24 hours after it was opened, however often it is extended', async () => {
      await addDevice('d1');
      const asked = terms(24 * hourMs);
      await open('d1', asked);
      const again = await open('d1', asked, now + 23 * hourMs);
      assert.equal(again.grant.ends_at, now + 24 * hourMs);
      await assert.rejects(open('d1', asked, now + 24 * hourMs), withCode('grant-ended'));
    });

    it('closes what is over, once', async () => {
      await addDevice('d1');
      const { grant } = await open('d1', terms(1_000));
      assert.deepEqual(await write((writes) => closeExpired(writes, now + 999, 'test')), []);
      const closed = await write((writes) => closeExpired(writes, now + 1_000, 'test'));
      assert.deepEqual(
        closed.map(({ id }) => id),
        [grant.id],
      );
      assert.deepEqual(await write((writes) => closeExpired(writes, now + 2_000, 'test')), []);
    });

    it('closes no more at once than its limit, those that ended first', async () => {
      const row = (index: number) => ({
        id: hex(`g${index}`).slice(0, 32),
        device: `d${index}`,
        port: lowestPortNumber + index,
        opened_at: now,
        ends_at: now + 1_000 - index,
        scopes: '[]',
        approval: 0,
      });
      const rows = Array.from({ length: expiredAtOnce + 1 }, (_, index) => row(index));
      for (const { device } of rows) await addDevice(device);
      await store.db.insertInto('grants').values(rows).execute();
      const closeAll = () => write((writes) => closeExpired(writes, now + 2_000, 'test'));
      assert.equal((await closeAll()).length, expiredAtOnce);
      assert.deepEqual(
        (await closeAll()).map(({ device }) => device),
        ['d0'],
      );
      assert.deepEqual(await closeAll(), []);
    });

    it('counts the epochs of tunnels, and lets an old one release nothing', async () => {
      await addDevice('d1');
      await store.db
        .insertInto('nodes')
        .values({ host: 'a', ports: '[]', started_at: now, seen_at: now, draining: 0 })
        .execute();
      const claim = () => write((writes) => claimTunnel(writes, { device: 'd1', node: 'a', now }));
      const epochs = await Promise.all([claim(), claim(), claim()]);
      assert.deepEqual(epochs.toSorted(), [1, 2, 3]);
      await releaseTunnel(store.db, { device: 'd1', epoch: 2 });
      assert.equal(await nodeOfTunnel(store.db, 'd1', now), 'a');
      assert.equal(
        await nodeOfTunnel(store.db, 'd1', now + hourMs),
        undefined,
        'a node that is silent is gone',
      );
      await releaseTunnel(store.db, { device: 'd1', epoch: 3 });
      assert.equal(await nodeOfTunnel(store.db, 'd1', now), undefined);
    });

    it('numbers revocations without gaps, in the order in which they can be read', async () => {
      const subjects = Array.from({ length: 12 }, (_, index) => `r${index}`);
      await Promise.all(
        subjects.map((subject) =>
          write((writes) =>
            recordRevocation(writes, {
              kind: 'representative',
              subject,
              key_sha256: hex(subject),
              reason: '',
              at: now,
            }),
          ),
        ),
      );
      const numbers = (await revocationsAfter(store.db, 0)).map(({ seq }) => seq);
      assert.deepEqual(
        numbers,
        subjects.map((_, index) => index + 1),
      );
      assert.deepEqual(
        (await revocationsAfter(store.db, 10)).map(({ seq }) => seq),
        [11, 12],
      );
      assert.equal((await revokedKeys(store.db, now + hourMs)).revoked.length, 12);
      assert.equal((await revokedKeys(store.db, now + 26 * hourMs)).revoked.length, 0);
    });

    it('removes a device with its grant, and gives it no tunnel any more', async () => {
      await addDevice('d1');
      await open('d1');
      await write((writes) => removeDevice(writes, 'd1', { now, reason: 'scrapped', actor: 'test' }));
      assert.equal((await listOpenGrants(store.db, now)).length, 0);
      assert.equal(await lastRevocation(store.db), 1);
      assert.notEqual((await listDevices(store.db, now))[0]?.removed_at, null);
      await assert.rejects(
        write((writes) => claimTunnel(writes, { device: 'd1', node: 'a', now })),
        withCode('identity-revoked'),
      );
      await assert.rejects(
        write((writes) => removeDevice(writes, 'd1', { now, reason: '', actor: 'test' })),
        withCode('device-unknown'),
      );
    });

    it('tells which devices are connected: those whose tunnel is at a node that lives', async () => {
      for (const host of ['a', 'b']) {
        const seen = host === 'a' ? now : now - nodeGoneMs;
        const row = { host, ports: '[]', started_at: now, seen_at: seen, draining: 0 };
        await store.db.insertInto('nodes').values(row).execute();
      }
      const nodes = { d1: 'a', d2: 'b', d3: 'c', d4: 'a', d5: undefined };
      for (const [device, node] of Object.entries(nodes)) {
        await addDevice(device);
        if (node) await write((writes) => claimTunnel(writes, { device, node, now }));
      }
      await write((writes) => removeDevice(writes, 'd4', { now, reason: '', actor: 'test' }));
      const connected = (await listDevices(store.db, now)).filter((device) => device.connected);
      assert.deepEqual(
        connected.map(({ id }) => id),
        ['d1'],
      );
    });

    it('invites, revokes and resets a representative', async () => {
      const id = 'erin@maker.example';
      const invitation = { now, actor: 'test', random, endsAt: now + hourMs };
      const first = await write((w) => inviteRepresentative(w, { id, rank: 'support' }, invitation));
      const second = await write((w) => inviteRepresentative(w, { id, rank: 'admin' }, invitation));
      assert.equal((await findToken(store.db, 'representative', first)).uses_left, 0, 'the older one ends');
      assert.equal((await findToken(store.db, 'representative', second)).uses_left, 1);
      await store.db
        .updateTable('representatives')
        .set({ key_sha256: hex('key') })
        .execute();
      await assert.rejects(
        write((w) => inviteRepresentative(w, { id, rank: 'support' }, invitation)),
        withCode('representative-exists'),
      );
      await write((w) => revokeRepresentative(w, id, { now, actor: 'test', reason: 'left' }));
      assert.equal((await revocationsAfter(store.db, 0))[0]?.reason, 'left');
      await assert.rejects(
        write((w) => inviteRepresentative(w, { id, rank: 'support' }, invitation)),
        withCode('representative-revoked'),
      );
      const again = await write((w) => resetRepresentative(w, id, invitation));
      assert.equal((await findToken(store.db, 'representative', again)).subject, id);
      assert.equal(await lastRevocation(store.db), 1, 'a key that was revoked is not revoked twice');
    });

    it('ends representatives whose time is over once, by a revocation, and lets them come back with another end', async () => {
      const invitation = { now, actor: 'test', random, endsAt: now + hourMs };
      const invite = (id: string, until?: number): Promise<string> =>
        write((w) => inviteRepresentative(w, { id, rank: 'support' }, { ...invitation, until }));
      const secret = await invite('omar', now + hourMs);
      await invite('erin');
      await store.db
        .updateTable('representatives')
        .set({ key_sha256: hex('omar') })
        .where('id', '=', 'omar')
        .execute();
      assert.equal(await someoneEnded(store.db, now + hourMs - 1), false);
      assert.equal(await someoneEnded(store.db, now + hourMs), true);
      const other = await openStore(place);
      const end = (by: Store): Promise<string[]> =>
        by.db.transaction().execute((w) => endRepresentatives(w, now + hourMs, 'node/a'));
      assert.deepEqual((await Promise.all([end(store), end(other)])).flat(), ['omar']);
      await other.close();
      const { revocations } = await revokedKeys(store.db, now + hourMs);
      assert.deepEqual(revocations, [{ key: hex('omar'), representative: 'omar', reason: timeIsOver }]);
      assert.equal((await findToken(store.db, 'representative', secret)).uses_left, 0);
      const later = { ...invitation, now: now + 2 * hourMs };
      await assert.rejects(
        write((w) => resetRepresentative(w, 'omar', later)),
        withCode('representative-over'),
      );
      await write((w) => resetRepresentative(w, 'omar', { ...later, until: null }));
      assert.equal((await findRepresentative(store.db, 'omar'))?.ends_at, null);
      assert.equal(await lastRevocation(store.db), 1);
    });

    it('takes the keys of before into the list of keys, when it is brought up to date', async () => {
      const old = { rank: 'support', invited_at: now, computer: 'desk', revoked_why: '' } as const;
      const people = [
        { ...old, id: 'erin', key_sha256: hex('new'), logged_in_at: now },
        { ...old, id: 'gone', key_sha256: hex('gone'), logged_in_at: now, revoked_at: now },
        { ...old, id: 'invited' },
      ];
      await store.db.insertInto('representatives').values(people).execute();
      for (const [subject, key] of [
        ['erin', 'old'],
        ['gone', 'gone'],
        ['gone', 'gone'],
      ] as const) {
        const reason = `end of ${key}`;
        await write((w) =>
          recordRevocation(w, { kind: 'representative', subject, key_sha256: hex(key), reason, at: now }),
        );
      }
      await sql`drop table representative_keys`.execute(store.db);
      for (const column of ['ends_at', 'renewed_at', 'seen_at']) {
        await sql`alter table representatives drop column ${sql.ref(column)}`.execute(store.db);
      }
      for (const column of ['event', 'actor', 'subject']) {
        await sql`drop index ${sql.ref(`audit_of_${column}`)}`.execute(store.db);
      }
      await sql`delete from kysely_migration where name >= '0002'`.execute(store.db);
      await store.close();
      store = await openStore(place);
      const keys = (await keysOf(store.db)).map((key) => [
        key.representative,
        key.key_sha256,
        key.ended_at,
        key.ended_why,
      ]);
      assert.deepEqual(keys.sort(), [
        ['erin', hex('new'), null, ''],
        ['erin', hex('old'), now, 'end of old'],
        ['gone', hex('gone'), now, 'end of gone'],
      ]);
      assert.equal((await listRepresentatives(store.db)).length, 3);
    });

    it('chains the audit log, also when many write at once', async () => {
      const record = (subject: string) =>
        ({ at: now, event: 'token-made-1', actor: 'test', subject }) as const;
      await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map((name) => write((writes) => audit(writes, record(name)))),
      );
      const head = await verifyChain(store.db);
      assert.equal(head.seq, 5);
      await write((writes) => audit(writes, record('f')));
      assert.equal((await verifyChain(store.db, head)).seq, 6);
    });

    for (const [what, tamper] of [
      ['changed', sql`update audit set actor = 'nobody' where seq = 2`],
      ['taken out', sql`delete from audit where seq = 2`],
      ['taken from the end', sql`delete from audit where seq = 3`],
    ] as const) {
      it(`finds an audit entry that was ${what}`, async () => {
        for (const subject of ['a', 'b', 'c']) {
          await write((writes) => audit(writes, { at: now, event: 'token-made-1', actor: 'test', subject }));
        }
        await tamper.execute(store.db);
        await assert.rejects(verifyChain(store.db), withCode('audit-broken'));
      });
    }

    it('finds a log that was written anew, by a head that was noted', async () => {
      const fill = async (actor: string): Promise<void> => {
        for (const subject of ['a', 'b', 'c']) {
          await write((writes) => audit(writes, { at: now, event: 'token-made-1', actor, subject }));
        }
      };
      await fill('test');
      const head = await verifyChain(store.db);
      await sql`delete from audit`.execute(store.db);
      await sql`update chains set seq = 0, hash = '' where name = 'audit'`.execute(store.db);
      await fill('mallory');
      await verifyChain(store.db);
      await assert.rejects(verifyChain(store.db, head), withCode('audit-broken'));
    });
  });
}
