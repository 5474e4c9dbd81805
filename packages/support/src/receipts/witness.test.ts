import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { GrantId, PortNumber, StreamId } from '@sallyport/protocol/grant';
import { keySha256OfPem } from '@sallyport/protocol/identity';
import {
  encodeReceiptMessage,
  fileItemSchema,
  ListBuilder,
  parseReceipt,
  readReceiptMessages,
  type Signing,
  type Statement,
  signingSchemas,
  signText,
  statementText,
  verifyReceipt,
} from '@sallyport/protocol/receipt';
import { fakeClock, settle, streamPair } from '@sallyport/protocol/testing';
import { testAuthority } from '@sallyport/protocol/zoo';
import type { Identity } from '../identity/index.ts';
import { receiptPath } from './folder.ts';
import { Witness } from './witness.ts';

const now = Date.UTC(2027, 0, 1);
const maker = await testAuthority(now);
const leafOf = (leaf: Uint8Array): string => new X509Certificate(leaf).toString();
const device = await maker.issue('device', 'd-1');
const erin = await maker.issue('representative', 'erin@maker.example');
const grant = 'a'.repeat(32) as GrantId;
const port = 40_123 as PortNumber;
const session = 'b'.repeat(32) as StreamId;

let data: string;
before(() => {
  data = mkdtempSync(join(tmpdir(), 'sallyport-'));
});
after(() => rmSync(data, { recursive: true }));

const { root, relay, device: devices, representative } = maker.keyed;
const certificate = leafOf(erin.leaf);
// What the witness uses of an identity.
const identity = {
  id: 'erin@maker.example',
  key: keySha256OfPem(erin.key),
  tls: { key: erin.key, certificate },
  file: {
    certificate,
    authority: {
      root: root.certificate,
      relay: relay.certificate,
      device: devices.certificate,
      representative: representative.certificate,
    },
  },
} as unknown as Identity;

function state(change: Partial<Statement> = {}): string {
  const none = { ...new ListBuilder(fileItemSchema, 0).listed(), items: [] };
  return statementText({
    v: 1,
    by: 'device',
    device: { id: 'd-1', key: keySha256OfPem(device.key) },
    representative: { id: identity.id, key: identity.key },
    grant,
    port,
    scopes: ['terminal'],
    session,
    number: 1,
    from: now,
    to: now,
    clock: 'relay',
    lastedMs: 0,
    suspendedMs: 0,
    suspensions: 0,
    why: 'session-closed',
    channels: none,
    files: none,
    refusals: none,
    recordings: none,
    ...change,
  });
}

/** A witness on the line with a device that answers `done` as a test wants. */
async function scene(
  onDone: (answer: (statement: string, by?: { key: string; leaf: Uint8Array }) => void) => void,
  slowMs = 0,
) {
  const clock = fakeClock(now);
  const { a, b } = streamPair();
  const said: string[] = [];
  const heard: Signing[] = [];
  const answer = (statement: string, by: { key: string; leaf: Uint8Array } = device): void => {
    const half = { certificate: leafOf(by.leaf), signature: signText('device', statement, by.key) };
    b.write(encodeReceiptMessage({ type: 'ending', why: 'session-closed' }));
    const tell = (): void =>
      void b.write(encodeReceiptMessage({ type: 'statement', statement, device: half }));
    if (slowMs === 0) tell();
    else clock.after(slowMs, tell);
  };
  readReceiptMessages(
    b,
    signingSchemas,
    (message) => {
      heard.push(message);
      if (message.type === 'done') onDone(answer);
    },
    () => {},
  );
  const witness = new Witness({
    data,
    identity,
    clock,
    device: { id: 'd-1', key: keySha256OfPem(device.key) },
    grant,
    port,
    session,
    scopes: () => ['terminal'],
    connected: () => true,
    say: (text) => said.push(text),
  });
  await witness.listen(async () => a);
  const finish = async (): Promise<ReturnType<typeof verifyReceipt>> => {
    const finished = witness.finish('session-closed', Promise.resolve());
    await settle();
    await clock.advance(2_000);
    await settle();
    await clock.advance(slowMs);
    await finished;
    return verifyReceipt(parseReceipt(readFileSync(receiptPath(data, grant, session))));
  };
  return { witness, finish, said, heard };
}

describe('the witness of a session', () => {
  it('asks for the statement at the end, signs it, and keeps it', async () => {
    const { finish, heard, said, witness } = await scene((answer) => answer(state()));
    const { standing, vouch } = await finish();
    assert.deepEqual([standing, vouch?.covers, said], ['both', 'all', []]);
    assert.deepEqual(
      heard.map(({ type }) => type),
      ['done', 'signed'],
    );
    assert.ok(witness.ending);
  });

  it('waits for the statement of a slow device that said that it ends the session', async () => {
    const { finish } = await scene((answer) => answer(state()), 3_500);
    assert.equal((await finish()).standing, 'both');
  });

  it('signs that a statement is wrong which tells of what it did not do, says so, and keeps it', async () => {
    const { finish, said } = await scene((answer) => answer(state({ lastedMs: 3_600_000 })));
    const { standing, vouch } = await finish();
    assert.equal(standing, 'disputed');
    assert.match(vouch?.reason ?? '', /3600 s where the session lasted 0 s/);
    assert.match(said.join(), /not what erin@maker.example did/);
  });

  it('keeps its own half where the device says nothing, or nothing that holds', async () => {
    const silent = await scene(() => {});
    assert.equal((await silent.finish()).standing, 'representative-alone');
    const lying = await scene((answer) => answer('{"v":1}'));
    assert.equal((await lying.finish()).standing, 'representative-alone');
  });

  it('vouches for no more than the connections where other programs spoke SSH', async () => {
    const { finish, witness } = await scene((answer) => answer(state()));
    witness.acts.asked('ssh', undefined)();
    assert.equal((await finish()).vouch?.covers, 'connections');
  });

  it('signs nothing that another device signed', async () => {
    const stranger = await maker.issue('device', 'd-2');
    const { finish, said } = await scene((answer) => answer(state(), stranger));
    await assert.rejects(finish(), { code: 'receipt-false' });
    assert.match(said.join(), /was not signed by the device/);
  });
});
