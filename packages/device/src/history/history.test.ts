import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { seededRandom } from '@sallyport/protocol/testing';
import { type AuditEvent, type AuditFields, openState, type State } from '../state/index.ts';
import { findGrant, listGrants } from './history.ts';
import type { Reader } from './reader.ts';
import { historyGrantSchema, historyQuerySchema, historySchema, listCap } from './schema.ts';

const erin = { representative: 'erin@maker.example', keySha256: 'e'.repeat(64) };
const otto = { representative: 'otto@maker.example', keySha256: 'f'.repeat(64) };
const begin = Date.UTC(2027, 0, 1);
const all: Reader = { sees: 'all' };
const query = (fields: object = {}) => historyQuerySchema.parse(fields);

let folder: string;
let state: State;
let now: number;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  state = openState(folder, seededRandom(1));
  now = begin;
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true });
});

function happen(...events: (readonly [AuditEvent, AuditFields])[]): void {
  state.transaction(() => {
    for (const [event, fields] of events) {
      now += 1_000;
      state.audit.append(event, fields, now);
    }
  });
}

/** A grant in which Erin did a little of everything, and Otto was there too. */
function playGrant(grant: string, reference: string): void {
  const of = { grant };
  const erins = { ...of, session: `${grant}-erin`, representative: erin.representative };
  const ottos = { ...of, session: `${grant}-otto`, representative: otto.representative };
  happen(
    ['grant-enabled-1', { ...of, scopes: ['terminal'], approval: false, reference, by: 'alice' }],
    ['grant-opened-1', { ...of, port: 40_123 }],
    ['pairing-failed-1', { ...of, ...otto, failures: 1 }],
    ['representative-paired-1', { ...of, ...erin }],
    ['representative-paired-1', { ...of, ...otto }],
    ['session-opened-1', { ...erins, ...erin }],
    ['session-opened-1', { ...ottos, ...otto }],
    ['grant-port-changed-1', { ...of, from: 40_123, to: 40_124, why: 'taken' }],
    ['channel-opened-1', { ...erins, channel: 1, kind: 'command', what: 'uname -a' }],
    ['session-suspended-1', erins],
    ['session-resumed-1', erins],
    ['channel-closed-1', { ...erins, channel: 1, bytesIn: 3, bytesOut: 70, exitCode: 0 }],
    [
      'file-closed-1',
      { ...erins, channel: 2, path: '/etc/motd', direction: 'read', bytesRead: 9, bytesWritten: 0 },
    ],
    ['file-changed-1', { ...erins, channel: 2, path: '/a', to: '/b', what: 'renamed', result: 'done' }],
    ['channel-refused-1', { ...erins, scope: 'web', what: 'web' }],
    ['representative-paused-1', { ...of, ...erin, by: 'alice' }],
    ['session-ended-1', { ...erins, code: 'session-closed' }],
    ['grant-ended-1', { ...of, reason: 'disabled', by: 'bob' }],
    ['session-ended-1', { ...ottos, code: 'grant-ended' }],
    ['agent-stopped-1', {}],
  );
}

describe('the history of grants', () => {
  it('tells of a grant all that the audit log has of it', () => {
    playGrant('g1', 'CASE-7');
    const told = historyGrantSchema.parse(findGrant(state.audit, all, 'g1'));
    const { ports, reference, enabledBy, endedBy, why, from, to, representatives, truncated } = told;
    assert.deepEqual(
      { ports, reference, enabledBy, endedBy, why, from, to, truncated },
      {
        ports: [40_123, 40_124],
        reference: 'CASE-7',
        enabledBy: 'alice',
        endedBy: 'bob',
        why: 'disabled',
        from: '2027-01-01T00:00:01.000Z',
        to: '2027-01-01T00:00:18.000Z',
        truncated: false,
      },
    );
    assert.deepEqual(
      representatives.map(({ name, key }) => [name, key]),
      [erin, otto].map(({ representative, keySha256 }) => [representative, keySha256]),
    );
    const [first, second] = told.sessions;
    assert.deepEqual(first?.suspended, [
      { from: '2027-01-01T00:00:10.000Z', to: '2027-01-01T00:00:11.000Z' },
    ]);
    assert.deepEqual(first?.channels, [
      {
        id: 1,
        kind: 'command',
        what: 'uname -a',
        from: '2027-01-01T00:00:09.000Z',
        to: '2027-01-01T00:00:12.000Z',
        bytesIn: 3,
        bytesOut: 70,
        exit: { code: 0 },
      },
    ]);
    assert.deepEqual(
      first?.files.map(({ seq, path, what, to: next }) => [seq, path, what, next]),
      [
        [13, '/etc/motd', 'read', undefined],
        [14, '/a', 'renamed', '/b'],
      ],
    );
    assert.deepEqual(
      first?.refusals.map(({ what, scope }) => [what, scope]),
      [['web', 'web']],
    );
    assert.deepEqual([first?.why, second?.why], ['session-closed', 'grant-ended']);
    assert.deepEqual(
      told.refusals.map(({ event, representative }) => [event, representative]),
      [['pairing-failed-1', otto.representative]],
    );
    assert.deepEqual(
      told.acts.map(({ event, by }) => [event, by]),
      [
        ['grant-enabled-1', 'alice'],
        ['representative-paused-1', 'alice'],
        ['grant-ended-1', 'bob'],
      ],
    );
  });

  it('lists the newest first, page by page, and only what was asked for', () => {
    for (const grant of ['g1', 'g2', 'g3']) playGrant(grant, `CASE-${grant}`);
    happen(['grant-enabled-1', { grant: 'g4', scopes: ['web'] }]);
    const list = (fields: object): string[] => {
      const grants = listGrants(state.audit, all, query(fields));
      return historySchema.parse({ grants }).grants.map(({ grant }) => grant);
    };
    assert.deepEqual(list({}), ['g4', 'g3', 'g2', 'g1']);
    const [first, second] = listGrants(state.audit, all, query({ limit: 2 }));
    assert.deepEqual([first?.grant, second?.grant], ['g4', 'g3']);
    assert.deepEqual(list({ before: second?.seq }), ['g2', 'g1']);
    assert.deepEqual(list({ representative: erin.representative, limit: 1 }), ['g3']);
    assert.deepEqual(list({ representative: 'nobody@maker.example' }), []);
    assert.deepEqual(list({ reference: 'g2' }), ['g2']);
    assert.deepEqual(list({ from: '2027-01-01T00:00:41.000Z' }), ['g4', 'g3']);
    assert.deepEqual(list({ to: '2027-01-01T00:00:01.000Z' }), ['g1']);
  });

  it('shows a representative their own sessions alone, and a temporary administrator their own grants', () => {
    playGrant('g1', 'CASE-1');
    playGrant('g2', 'CASE-2');
    const own: Reader = {
      sees: 'own',
      grant: 'g1',
      representative: erin.representative,
      key: erin.keySha256,
    };
    assert.equal(findGrant(state.audit, own, 'g2'), undefined);
    const told = findGrant(state.audit, own, 'g1');
    assert.deepEqual(
      told?.sessions.map(({ representative }) => representative),
      [erin.representative],
    );
    assert.deepEqual(told?.refusals, []);
    assert.deepEqual(
      listGrants(state.audit, own, query()).map(({ grant, sessions }) => [grant, sessions]),
      [['g1', 1]],
    );
    const withGrant: Reader = { sees: 'grant', grant: 'g2' };
    assert.deepEqual(
      listGrants(state.audit, withGrant, query()).map(({ grant }) => grant),
      ['g2'],
    );
    assert.equal(findGrant(state.audit, withGrant, 'g1'), undefined);
    const since: Reader = { sees: 'since', since: begin + 30_000 };
    assert.deepEqual(
      listGrants(state.audit, since, query()).map(({ grant }) => grant),
      ['g2'],
    );
    assert.equal(findGrant(state.audit, since, 'g1'), undefined);
    assert.ok(findGrant(state.audit, since, 'g2'));
  });

  it('counts what is beyond the bound of a list, and knows no grant that never was', () => {
    playGrant('g1', 'CASE-1');
    const one = { grant: 'g1', session: 'g1-erin', representative: erin.representative };
    const opened = (channel: number) =>
      ['channel-opened-1', { ...one, channel, kind: 'tcp', what: 'a:1' }] as const;
    happen(...Array.from({ length: listCap + 5 }, (_, index) => opened(index)));
    const session = findGrant(state.audit, all, 'g1')?.sessions[0];
    assert.deepEqual([session?.channels.length, session?.more], [listCap, 6]);
    assert.equal(findGrant(state.audit, all, 'g9'), undefined);
  });
});
