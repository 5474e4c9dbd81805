import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeCommandStart } from '@sallyport/protocol/channels';
import type { GrantId, PortNumber, StreamId } from '@sallyport/protocol/grant';
import {
  channelItemSchema,
  fileItemSchema,
  ListBuilder,
  listBytes,
  type Statement,
} from '@sallyport/protocol/receipt';
import { fakeClock } from '@sallyport/protocol/testing';
import { contradictionIn, type Known } from './contradiction.ts';
import { OwnActs } from './ownActs.ts';

const known: Known = {
  device: { id: 'd-1', key: 'd'.repeat(64) },
  representative: { id: 'erin@maker.example', key: 'e'.repeat(64) },
  grant: 'a'.repeat(32),
  port: 40_123,
  session: 'b'.repeat(32),
};
type Item = { kind: string; what: string };

function state(items: readonly Item[], change: Partial<Statement> = {}): Statement {
  const channels = new ListBuilder(channelItemSchema, listBytes.channels);
  for (const [id, { kind, what }] of items.entries()) {
    channels.add({ id, kind, what, from: 0, to: 1, bytesIn: 0, bytesOut: 0 });
  }
  const none = { ...new ListBuilder(fileItemSchema, 0).listed(), items: [] };
  return {
    v: 1,
    by: 'device',
    device: known.device,
    representative: known.representative,
    grant: known.grant as GrantId,
    port: known.port as PortNumber,
    scopes: ['terminal'],
    session: known.session as StreamId,
    number: 1,
    from: 0,
    to: 1,
    clock: 'relay',
    lastedMs: 60_000,
    suspendedMs: 0,
    suspensions: 0,
    why: 'session-closed',
    channels: { ...channels.listed(), items: [...channels.listed().items] },
    files: none,
    refusals: none,
    recordings: none,
    ...change,
  };
}

/** What a program did that ran a command and reached a port, in a minute. */
async function acts(): Promise<OwnActs> {
  const clock = fakeClock();
  const made = new OwnActs(clock);
  made.asked('notices', undefined);
  made.asked('command', encodeCommandStart({ line: 'uname -a' }))();
  made.asked('127.0.0.1:5432', undefined)();
  await clock.advance(60_000);
  return made;
}
const command = { kind: 'command', what: 'uname -a' };
const tcp = { kind: 'tcp', what: '127.0.0.1:5432' };

describe('the statement of a device', () => {
  it('is signed where it is what this program did', async () => {
    const own = await acts();
    assert.equal(contradictionIn(state([command, tcp]), known, own), undefined);
    // What the device could not reach it may have written up.
    own.asked('127.0.0.1:9', undefined);
    const more = [command, tcp, { kind: 'tcp', what: '127.0.0.1:9' }];
    assert.equal(contradictionIn(state(more), known, own), undefined);
  });

  for (const [what, statement, reason] of [
    ['leaves out a command', state([tcp]), /leaves out command uname -a/],
    [
      'tells of a command that nobody ran',
      state([command, { kind: 'command', what: 'rm -rf /' }, tcp]),
      /rm -rf/,
    ],
    ['tells of a terminal', state([command, tcp, { kind: 'terminal', what: 'shell' }]), /tells of terminal/],
    ['tells of one command twice', state([command, command, tcp]), /tells of command/],
    [
      'tells of files where none was copied',
      state([command, tcp], { files: { count: 3, sha256: 'f'.repeat(64), items: [] } }),
      /3 files/,
    ],
    [
      'is of another device',
      state([command, tcp], { device: { id: 'd-2', key: 'd'.repeat(64) } }),
      /another device/,
    ],
    [
      'is of another representative',
      state([command, tcp], { representative: { id: 'erin@maker.example', key: 'f'.repeat(64) } }),
      /another representative/,
    ],
    ['is of another grant', state([command, tcp], { grant: 'c'.repeat(32) as GrantId }), /another grant/],
    [
      'is of another session',
      state([command, tcp], { session: 'c'.repeat(32) as StreamId }),
      /another session/,
    ],
    ['is of an hour instead of a minute', state([command, tcp], { lastedMs: 3_600_000 }), /lasted 60 s/],
    ['is not its own', state([command, tcp], { by: 'representative' }), /not a statement of the device/],
  ] as const) {
    it(`is refused where it ${what}`, async () => {
      assert.match(contradictionIn(statement, known, await acts()) ?? '', reason);
    });
  }

  it('may tell of what other tools did on a connection for SSH, and must not leave out what this program did', async () => {
    const own = await acts();
    own.asked('ssh', undefined)();
    const shell = { kind: 'terminal', what: 'shell' };
    assert.equal(contradictionIn(state([command, tcp, shell]), known, own), undefined);
    assert.match(contradictionIn(state([shell, tcp]), known, own) ?? '', /leaves out/);
  });
});
