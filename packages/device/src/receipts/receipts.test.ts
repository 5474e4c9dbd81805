import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import type { GrantId, PortNumber, StreamId } from '@sallyport/protocol/grant';
import { keySha256OfPem } from '@sallyport/protocol/identity';
import {
  encodeReceiptMessage,
  parseReceipt,
  type RepresentativeHalf,
  readReceiptMessages,
  signText,
  statementHash,
  type ToSign,
  toSignSchemas,
  verifyReceipt,
} from '@sallyport/protocol/receipt';
import { fakeClock, seededRandom, settle, streamPair } from '@sallyport/protocol/testing';
import { testAuthority } from '@sallyport/protocol/zoo';
import type { SessionRecord } from '../channels/index.ts';
import type { DeviceIdentity } from '../identity/index.ts';
import { openState, type State } from '../state/index.ts';
import { Receipts } from './receipts.ts';
import { signingMs } from './settlement.ts';

const now = Date.UTC(2027, 0, 1);
const maker = await testAuthority(now);
const own = await maker.issue('device', 'd-1');
const erin = await maker.issue('representative', 'erin@maker.example');
const otto = await maker.issue('representative', 'otto@maker.example');
const leafOf = (leaf: Uint8Array): string => new X509Certificate(leaf).toString();
const grant = 'a'.repeat(32) as GrantId;
const idOf = (n: number): StreamId => String(n).padStart(32, '0') as StreamId;
// What receipts use of an identity.
const identity = {
  id: 'd-1',
  keySha256: keySha256OfPem(own.key),
  tls: { key: own.key, certificate: leafOf(own.leaf) },
  authority: maker.authority,
} as unknown as DeviceIdentity;
const silent: SessionRecord = {
  channelOpened: () => {},
  channelClosed: () => {},
  refused: () => {},
  file: () => {},
};

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

function scene() {
  const clock = fakeClock(now);
  const audited: object[] = [];
  const receipts = new Receipts({
    state,
    identity: () => identity,
    clock,
    log: silentLog,
    audit: (event, fields) => audited.push({ event, ...fields }),
  });
  const begin = (n: number, done: () => void = () => {}) =>
    receipts.begin(
      {
        id: idOf(n),
        grant,
        port: 40_123 as PortNumber,
        reference: 'CASE-7',
        representative: 'erin@maker.example',
        key: keySha256OfPem(erin.key),
        scopes: () => ['terminal'],
      },
      done,
    );
  const kept = (n: number) => {
    const found = state.receipts.find(idOf(n));
    return found && verifyReceipt(parseReceipt(Buffer.from(found.receipt)));
  };
  return { clock, audited, begin, kept };
}

function halfFor(statement: string, by = erin, change: object = {}): RepresentativeHalf {
  const vouch = JSON.stringify({
    v: 1,
    statement: statementHash(statement),
    agrees: true,
    covers: 'all',
    at: now,
    ...change,
  });
  return {
    certificate: leafOf(by.leaf),
    vouch,
    signature: signText('representative', vouch, by.key),
  };
}

/** The other side of the channel, which answers each statement as a test wants. */
function signer(answer: (statement: string) => Uint8Array | undefined) {
  const { a, b } = streamPair();
  const heard: string[] = [];
  const hear = (message: ToSign): void => {
    heard.push(message.type);
    const bytes = message.type === 'statement' ? answer(message.statement) : undefined;
    if (bytes) b.write(bytes);
  };
  readReceiptMessages(b, toSignSchemas, hear, () => {});
  return { a, b, heard };
}

describe('the receipt that a device makes', () => {
  it('tells what the record of the session heard, and is kept with both halves', async () => {
    const { clock, audited, begin, kept } = scene();
    const receipt = begin(1);
    const { a, heard } = signer((statement) =>
      encodeReceiptMessage({ type: 'signed', representative: halfFor(statement) }),
    );
    assert.ok(receipt.serve(a));
    assert.ok(!receipt.serve(streamPair().a), 'a second channel is none');
    const record = receipt.beside(silent);
    const channel = {
      id: 1,
      kind: 'command',
      what: 'uname \u001b[2J',
      since: now,
      bytesIn: 0,
      bytesOut: 0,
    } as const;
    record.channelOpened(channel);
    await clock.advance(1_000);
    record.channelClosed(1, { bytesIn: 3, bytesOut: 4, exit: { code: 0 } });
    record.refused('web', 'web');
    const path = '/etc/motd';
    const passed = { bytesRead: 9, bytesWritten: 0, result: 'done' } as const;
    record.file(1, { event: 'closed', file: 1, path, direction: 'read', created: false, ...passed });
    receipt.connected(false);
    await clock.advance(2_000);
    receipt.connected(true);
    await receipt.announce('grant-ended');
    const settled = receipt.settle('grant-ended');
    await settle();
    await settled;
    assert.deepEqual(heard, ['ending', 'statement']);
    const { standing, statement } = kept(1) ?? {};
    assert.equal(standing, 'both');
    assert.deepEqual(statement?.channels.items, [
      {
        id: 1,
        kind: 'command',
        what: 'uname \ufffd[2J',
        from: 0,
        to: 1_000,
        bytesIn: 3,
        bytesOut: 4,
        exitCode: 0,
      },
    ]);
    assert.deepEqual(statement?.files.items, [{ channel: 1, at: 1_000, what: 'read', path, ...passed }]);
    assert.deepEqual(statement?.refusals.items, [{ at: 1_000, what: 'web', scope: 'web' }]);
    assert.deepEqual(
      [statement?.why, statement?.lastedMs, statement?.suspendedMs, statement?.suspensions],
      ['grant-ended', 3_000, 2_000, 1],
    );
    assert.deepEqual(audited, [
      {
        event: 'receipt-signed-1',
        grant,
        session: idOf(1),
        representative: 'erin@maker.example',
        keySha256: keySha256OfPem(erin.key),
        hash: kept(1)?.hash,
        signed: 'both',
        reason: undefined,
      },
    ]);
  });

  it('names the one before it of the same key and grant, also after a restart', async () => {
    const { begin } = scene();
    await begin(1).settle('session-closed');
    const again = scene();
    await again.begin(2).settle('session-closed');
    const [first, second] = [again.kept(1), again.kept(2)];
    assert.deepEqual([first?.statement.number, first?.statement.previous], [1, undefined]);
    assert.deepEqual([second?.statement.number, second?.statement.previous], [2, first?.hash]);
  });

  for (const [what, answer] of [
    ['nothing', () => undefined],
    ['no message', () => Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['more than a message may have', () => Buffer.from([0xff, 0xff, 0xff, 0xff, 1])],
    [
      'the half of another representative',
      (statement: string) =>
        encodeReceiptMessage({ type: 'signed', representative: halfFor(statement, otto) }),
    ],
    [
      'a half for another statement',
      () => encodeReceiptMessage({ type: 'signed', representative: halfFor('another') }),
    ],
  ] as const) {
    it(`is the device's half alone, and no later, where the answer is ${what}`, async () => {
      const { clock, begin, kept } = scene();
      const receipt = begin(1);
      receipt.serve(signer(answer).a);
      const settled = receipt.settle('grant-ended');
      await settle();
      await clock.advance(signingMs);
      await settled;
      assert.equal(kept(1)?.standing, 'device-alone');
    });
  }

  it('is disputed where the representative signs that it is wrong', async () => {
    const { begin, kept, audited } = scene();
    const receipt = begin(1);
    const reason = 'it tells of command rm';
    const { a } = signer((statement) =>
      encodeReceiptMessage({
        type: 'signed',
        representative: halfFor(statement, erin, { agrees: false, reason }),
      }),
    );
    receipt.serve(a);
    const settled = receipt.settle('session-closed');
    await settle();
    await settled;
    assert.equal(kept(1)?.standing, 'disputed');
    assert.partialDeepStrictEqual(audited, [{ signed: 'disputed', reason }]);
  });

  it('begins before it ends, also where the clock of the device was set back meanwhile', async () => {
    const { clock, begin, kept } = scene();
    state.audit.timedBy(() => ({ clock: 'relay', upMs: 0 }));
    const receipt = begin(1);
    await clock.advance(5_000);
    clock.jumpWall(-3_600_000);
    await receipt.settle('session-closed');
    const { from, to, lastedMs } = kept(1)?.statement ?? {};
    assert.deepEqual([from, to, lastedMs], [now - 3_600_000, now - 3_595_000, 5_000]);
  });

  it('ends the session when the representative is done', async () => {
    const { begin } = scene();
    let ended = 0;
    const receipt = begin(1, () => (ended += 1));
    const { a, b } = signer(() => undefined);
    receipt.serve(a);
    b.write(encodeReceiptMessage({ type: 'done' }));
    await settle();
    assert.equal(ended, 1);
  });
});
