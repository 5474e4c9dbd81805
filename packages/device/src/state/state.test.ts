import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import type { GrantId } from '@sallyport/protocol/grant';
import { seededRandom } from '@sallyport/protocol/testing';
import { testAuthority } from '@sallyport/protocol/zoo';
import { aGrant, erin, openState as openGrant, otto } from '../grant/testing.ts';
import { openState, type State } from './index.ts';
import { migrations } from './schema.ts';

let folder: string;
let state: State;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  state = openState(folder, seededRandom(1));
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true });
});
const inSqlite = <T>(use: (sqlite: DatabaseSync) => T): T => {
  const sqlite = new DatabaseSync(join(folder, 'state.sqlite'));
  try {
    return use(sqlite);
  } finally {
    sqlite.close();
  }
};

describe('the state in the data folder', () => {
  it('is readable by its owner alone', () => {
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
    }
  });

  it('of a later version is refused, and not changed', () => {
    state.close();
    inSqlite((sqlite) => sqlite.exec('PRAGMA user_version = 99'));
    assert.throws(() => openState(folder, seededRandom(1)), { code: 'state-later' });
    assert.equal(
      inSqlite((sqlite) => sqlite.prepare('PRAGMA user_version').get()?.['user_version']),
      99,
    );
    inSqlite((sqlite) => sqlite.exec(`PRAGMA user_version = ${migrations.length}`));
    state = openState(folder, seededRandom(1));
  });

  it('that is no database is a clear error', () => {
    const other = mkdtempSync(join(tmpdir(), 'sallyport-'));
    writeFileSync(
      join(other, 'state.sqlite'),
      'this is not a database, and is long enough to be looked at '.repeat(20),
    );
    assert.throws(() => openState(other, seededRandom(1)), { code: 'state-damaged' });
    rmSync(other, { recursive: true });
  });

  it('with a grant that makes no sense is a clear error', () => {
    state.grants.save(openGrant(), 1);
    inSqlite((sqlite) => sqlite.exec("UPDATE grants SET scopes = '[]'"));
    assert.throws(() => state.grants.load(), { code: 'state-damaged' });
  });

  it('can be used by a second process at the same time', () => {
    const second = openState(folder, seededRandom(2));
    second.revocations.add(erin.key, erin.representative, 1);
    assert.ok(state.revocations.has(erin.key));
    second.close();
  });
});

describe('a stored grant', () => {
  it('comes back as it was, with pins and failures', () => {
    const saved = openGrant({
      pins: [{ ...erin, certificateSha256: 'a'.repeat(64), since: 5 }],
      failures: [
        { ...otto, count: 2, blocked: undefined },
        { ...erin, count: 0, blocked: 'cut-off' },
      ],
      password: { at: 'spent', failures: 2 },
    });
    state.grants.save(saved, 1);
    assert.deepEqual(state.grants.load(), saved);
  });

  it('leaves no host key behind when it has ended', () => {
    state.grants.save(openGrant(), 1);
    state.grants.save({ at: 'ended', grant: aGrant.id, reason: 'expired' }, 2);
    assert.equal(state.grants.load().at, 'disabled');
    const row = inSqlite((sqlite) => sqlite.prepare('SELECT host_key_private, end_reason FROM grants').get());
    assert.deepEqual({ ...row }, { host_key_private: null, end_reason: 'expired' });
  });

  it('that ended unseen by the disk does not come back behind a newer one', () => {
    const newer = { ...aGrant, id: 'f'.repeat(32) as GrantId, enabledAt: aGrant.enabledAt + 1 };
    state.grants.save(openGrant(), 1);
    state.grants.save({ at: 'waiting', grant: newer }, 2);
    state.grants.save({ at: 'ended', grant: newer.id, reason: 'disabled' }, 3);
    assert.equal(state.grants.load().at, 'disabled');
  });

  it('that has ended is not opened again by an agent that read it before', () => {
    state.grants.save(openGrant(), 1);
    state.grants.save({ at: 'ended', grant: aGrant.id, reason: 'disabled' }, 2);
    state.grants.save(openGrant(), 3);
    assert.equal(state.grants.load().at, 'disabled');
    const row = inSqlite((sqlite) => sqlite.prepare('SELECT at, host_key_private FROM grants').get());
    assert.deepEqual({ ...row }, { at: 'ended', host_key_private: null });
  });

  it('never has the digits of an OTP in any file', () => {
    state.grants.save(openGrant(), 1);
    for (const name of readdirSync(folder)) {
      assert.ok(!/\b\d{3}-\d{3}-\d{3}\b/.test(readFileSync(join(folder, name), 'latin1')), name);
    }
  });
});

describe('a transaction', () => {
  it('leaves nothing behind when it fails, however deep', () => {
    assert.throws(
      () =>
        state.transaction(() => {
          state.grants.save(openGrant(), 1);
          state.audit.append('grant-enabled-1', {}, 1);
          throw new Error('no');
        }),
      /no/,
    );
    assert.equal(state.grants.load().at, 'disabled');
    assert.deepEqual(state.audit.list(10), []);
  });
});

describe('the audit log', () => {
  const write = (): void => {
    state.audit.append('grant-enabled-1', { grant: 'a', scopes: ['terminal'] }, 1);
    state.audit.append('grant-opened-1', { grant: 'a', port: 40_123 }, 2);
    state.audit.append('grant-ended-1', { grant: 'a', reason: 'disabled' }, 3);
  };

  it('is a chain that holds', () => {
    write();
    assert.equal(state.audit.verify().fault, undefined);
    assert.deepEqual(state.audit.verify().head, state.audit.head());
    assert.deepEqual(
      state.audit.list(2).map(({ event }) => event),
      ['grant-ended-1', 'grant-opened-1'],
    );
  });

  for (const [what, change, broken] of [
    ['a changed field', "UPDATE audit SET fields = '{}' WHERE seq = 2", { seq: 2, what: 'changed' }],
    ['a changed time', 'UPDATE audit SET at = 9 WHERE seq = 1', { seq: 1, what: 'changed' }],
    [
      'a changed state of the clock',
      "UPDATE audit SET clock = 'relay' WHERE seq = 3",
      { seq: 3, what: 'changed' },
    ],
    ['an entry taken out of the middle', 'DELETE FROM audit WHERE seq = 2', { seq: 2, what: 'missing' }],
    ['an entry taken from the front', 'DELETE FROM audit WHERE seq = 1', { seq: 1, what: 'missing' }],
    [
      'two entries that changed places',
      'UPDATE audit SET seq = 9 WHERE seq = 1; UPDATE audit SET seq = 1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 9',
      { seq: 1, what: 'changed' },
    ],
  ] as const) {
    it(`shows ${what}`, () => {
      write();
      inSqlite((sqlite) => sqlite.exec(change));
      assert.deepEqual(state.audit.verify().fault, broken);
    });
  }
});

describe('an entry of the audit log', () => {
  it('says how the clock stood, and how long the machine runs', () => {
    state.audit.append('agent-started-1', {}, 1);
    state.audit.timedBy(() => ({ clock: 'wrong', offMs: -86_400_000, upMs: 5_000 }));
    const made = state.audit.moment(2);
    state.audit.timedBy(() => ({ clock: 'relay', upMs: 9_000 }));
    state.audit.append('agent-stopped-1', {}, made);
    state.audit.append('agent-stopped-1', {}, 3);
    const told = state.audit.list(3).map(({ at, clock, offMs, upMs }) => [at, clock, offMs, upMs]);
    assert.deepEqual(told.slice(0, 2), [
      [3, 'relay', undefined, 9_000],
      [2, 'wrong', -86_400_000, 5_000],
    ]);
    assert.equal(told[2]?.[1], 'own');
    assert.equal(state.audit.verify().fault, undefined);
  });

  it('of before the clock was noted is part of the chain all the same', () => {
    const old = ['0'.repeat(64), 1, 5, 'agent-started-1', '{}'];
    const hash = createHash('sha256').update(JSON.stringify(old)).digest('hex');
    inSqlite((sqlite) =>
      sqlite
        .prepare('INSERT INTO audit (seq, at, event, fields, hash) VALUES (1, 5, ?, ?, ?)')
        .run('agent-started-1', '{}', hash),
    );
    state.audit.append('agent-stopped-1', {}, 6);
    assert.equal(state.audit.verify().fault, undefined);
  });
});

describe('the note of how far the audit log went', () => {
  it('is read where the device signed it, and told from one that somebody wrote', async () => {
    const maker = await testAuthority(Date.now());
    const { key, certificate } = await maker.issue('device', 'd-1');
    const other = await testAuthority(Date.now(), 'Another');
    const head = { seq: 7, hash: 'a'.repeat(64) };
    assert.equal(state.auditNote.read(maker.authority.device), undefined);
    state.auditNote.write(head, { key, certificate }, 1);
    assert.deepEqual(state.auditNote.read(maker.authority.device), head);
    assert.equal(state.auditNote.read(other.authority.device), false);
    const file = join(folder, 'audit-head.json');
    assert.equal(statSync(file).mode & 0o777, 0o600);
    writeFileSync(file, readFileSync(file, 'utf8').replace('"seq":7', '"seq":6'));
    assert.equal(state.auditNote.read(maker.authority.device), false);
  });
});

describe('the audit log and a head that was noted elsewhere', () => {
  it('show an end that was cut off, or written anew', () => {
    for (const port of [1, 2, 3]) state.audit.append('grant-opened-1', { grant: 'a', port }, port);
    const noted = state.audit.head();
    assert.ok(noted);
    state.audit.append('grant-ended-1', { grant: 'a' }, 4);
    assert.equal(state.audit.verify([noted]).fault, undefined);
    inSqlite((sqlite) => sqlite.exec('DELETE FROM audit WHERE seq >= 3'));
    assert.equal(state.audit.verify().fault, undefined);
    assert.deepEqual(state.audit.verify([noted]).fault, { seq: 3, what: 'cut-off' });
    state.audit.append('grant-opened-1', { grant: 'a', port: 9 }, 9);
    assert.deepEqual(state.audit.verify([noted]).fault, { seq: 3, what: 'not-the-noted' });
  });
});

describe('revoked keys', () => {
  it('are told as new once', () => {
    assert.equal(state.revocations.add(erin.key, erin.representative, 1), true);
    assert.equal(state.revocations.add(erin.key, erin.representative, 2), false);
    assert.ok(state.revocations.has(erin.key));
    assert.ok(!state.revocations.has(otto.key));
  });
});

describe('administrators', () => {
  it('are known by their password, and by no other', async () => {
    await state.administrators.add('alice', 'correct horse battery', 1);
    assert.ok(await state.administrators.verify('alice', 'correct horse battery'));
    assert.ok(!(await state.administrators.verify('alice', 'correct horse batterY')));
    assert.ok(!(await state.administrators.verify('bob', 'correct horse battery')));
  });

  it('are stored with Argon2id, each with a salt of its own', async () => {
    await state.administrators.add('alice', 'correct horse battery', 1);
    await state.administrators.add('bob', 'correct horse battery', 1);
    const rows = inSqlite((sqlite) => sqlite.prepare('SELECT password FROM administrators').all());
    const [a, b] = rows.map((row) => String(row['password']));
    assert.match(a ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
    assert.notEqual(a, b);
  });

  for (const [what, name, password, code] of [
    ['a password of eleven characters', 'alice', 'x'.repeat(11), 'password-too-short'],
    ['a password of 257 characters', 'alice', 'x'.repeat(257), 'password-too-short'],
    ['no name', '', 'x'.repeat(12), 'administrator-name-malformed'],
    ['a name with a space', 'a b', 'x'.repeat(12), 'administrator-name-malformed'],
  ] as const) {
    it(`are refused with ${what}`, async () => {
      await assert.rejects(state.administrators.add(name, password, 1), { code });
    });
  }

  it('are refused under a name that is taken, and can be removed', async () => {
    await state.administrators.add('alice', 'x'.repeat(12), 1);
    await assert.rejects(state.administrators.add('alice', 'y'.repeat(12), 1), {
      code: 'administrator-exists',
    });
    state.administrators.remove('alice');
    assert.throws(() => state.administrators.remove('alice'), { code: 'administrator-unknown' });
    assert.deepEqual(state.administrators.list(), []);
  });
});
