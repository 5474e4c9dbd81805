import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { before, describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import type { GrantId, PortNumber, StreamId } from '../grant/index.ts';
import { keySha256OfPem } from '../identity/index.ts';
import { streamPair } from '../testing/index.ts';
import { type TestAuthority, testAuthority } from '../zoo/index.ts';
import {
  channelItemSchema,
  encodeReceiptMessage,
  fileItemSchema,
  formatReceipt,
  isWhole,
  ListBuilder,
  listBytes,
  parseReceipt,
  type Receipt,
  readReceiptMessages,
  receiptCap,
  type Signing,
  type Statement,
  signingSchemas,
  signText,
  statementCap,
  statementHash,
  statementText,
  verifyReceipt,
} from './index.ts';

const now = Date.UTC(2027, 0, 1);
const seed = 20_270_101;
type Party = { key: string; certificate: string };
let maker: TestAuthority;
let device: Party;
let erin: Party;
let otto: Party;
before(async () => {
  maker = await testAuthority(now);
  const party = async (role: 'device' | 'representative', id: string): Promise<Party> => {
    const { key, leaf } = await maker.issue(role, id);
    return { key, certificate: new X509Certificate(leaf).toString() };
  };
  device = await party('device', 'd-1');
  erin = await party('representative', 'erin@maker.example');
  otto = await party('representative', 'otto@maker.example');
});

const numbered = z.strictObject({ n: z.number() });
const empty = { ...new ListBuilder(numbered, 0).listed(), items: [] };
function state(change: Partial<Statement> = {}): string {
  const channels = new ListBuilder(channelItemSchema, listBytes.channels);
  channels.add({
    id: 1,
    kind: 'command',
    what: 'uname -a',
    from: 5,
    to: 9,
    bytesIn: 0,
    bytesOut: 70,
    exitCode: 0,
  });
  return statementText({
    v: 1,
    by: 'device',
    device: { id: 'd-1', key: keySha256OfPem(device.key) },
    representative: { id: 'erin@maker.example', key: keySha256OfPem(erin.key) },
    grant: 'a'.repeat(32) as GrantId,
    port: 40_123 as PortNumber,
    reference: 'CASE-7',
    scopes: ['terminal'],
    session: 'b'.repeat(32) as StreamId,
    number: 1,
    from: now,
    to: now + 60_000,
    clock: 'relay',
    lastedMs: 60_000,
    suspendedMs: 0,
    suspensions: 0,
    why: 'session-closed',
    channels: { ...channels.listed(), items: [...channels.listed().items] },
    files: { ...empty, items: [] },
    refusals: { ...empty, items: [] },
    recordings: { ...empty, items: [] },
    ...change,
  });
}

function receipt(
  statement = state(),
  who: { device?: Party; representative?: Party; vouch?: object } = { device, representative: erin },
): Receipt {
  const { root, device: devices, representative } = maker.keyed;
  const vouch = JSON.stringify({
    v: 1,
    statement: statementHash(statement),
    agrees: true,
    covers: 'all',
    at: now,
    ...who.vouch,
  });
  return {
    v: 1,
    statement,
    ...(who.device
      ? {
          device: {
            certificate: who.device.certificate,
            signature: signText('device', statement, who.device.key),
          },
        }
      : {}),
    ...(who.representative
      ? {
          representative: {
            certificate: who.representative.certificate,
            vouch,
            signature: signText('representative', vouch, who.representative.key),
          },
        }
      : {}),
    authority: {
      root: root.certificate,
      device: devices.certificate,
      representative: representative.certificate,
    },
  };
}
const refused = (file: Receipt, reason: RegExp): void =>
  assert.throws(
    () => verifyReceipt(parseReceipt(Buffer.from(formatReceipt(file)))),
    (error: Error) => reason.test(error.message),
  );

describe('a receipt', () => {
  it('that both signed proves what it states, to whoever knows the root', () => {
    const file = parseReceipt(Buffer.from(formatReceipt(receipt())));
    const verified = verifyReceipt(file);
    assert.equal(verified.standing, 'both');
    assert.equal(verified.statement.reference, 'CASE-7');
    assert.deepEqual(verified.notes, []);
    assert.equal(verifyReceipt(file, verified.root).hash, statementHash(file.statement));
    assert.throws(() => verifyReceipt(file, 'f'.repeat(64)), /another maker/);
  });

  it('that one side signed says which, and that the other did not', () => {
    assert.equal(verifyReceipt(receipt(state(), { device })).standing, 'device-alone');
    const own = receipt(state({ by: 'representative', number: 0 }), { representative: erin });
    assert.equal(verifyReceipt(own).standing, 'representative-alone');
  });

  it('that the representative contradicts says so', () => {
    const vouch = { agrees: false, reason: 'I ran no such command' };
    const { standing, vouch: said } = verifyReceipt(
      receipt(state(), { device, representative: erin, vouch }),
    );
    assert.deepEqual([standing, said?.reason], ['disputed', 'I ran no such command']);
  });

  it('with one field changed is false, whichever it is', () => {
    const good = receipt();
    const fields = Object.keys(JSON.parse(good.statement) as object);
    for (const field of fields) {
      const statement = JSON.parse(good.statement) as Record<string, unknown>;
      const was = statement[field];
      statement[field] =
        typeof was === 'number' ? was + 1 : typeof was === 'string' ? was.replace(/.$/, '0') : undefined;
      assert.throws(() => verifyReceipt({ ...good, statement: JSON.stringify(statement) }), field);
    }
    const channel = good.statement.replace('uname -a', 'uname -b');
    refused({ ...good, statement: channel }, /device is not of this statement/);
  });

  it('made of the halves of two others is false', () => {
    const other = receipt(state({ grant: 'c'.repeat(32) as GrantId }));
    const good = receipt();
    refused({ ...good, representative: other.representative }, /representative signed another statement/);
    refused({ ...good, device: other.device }, /device is not of this statement/);
    refused({ ...good, statement: other.statement }, /device is not of this statement/);
  });

  it('signed by another device, or another representative, is false', async () => {
    const { key, leaf } = await maker.issue('device', 'd-2');
    const stranger = { key, certificate: new X509Certificate(leaf).toString() };
    refused(receipt(state(), { device: stranger, representative: erin }), /not signed by the device/);
    refused(receipt(state(), { device, representative: otto }), /not signed by the representative/);
  });

  it('without the half of who states it is false', () => {
    refused(receipt(state(), { representative: erin }), /half of the device/);
    refused(receipt(state({ by: 'representative' }), {}), /half of the representative/);
    refused(receipt(state({ by: 'representative' })), /not its own statement/);
  });

  it('with its halves swapped is false: a signature of one kind is none of the other', () => {
    const good = receipt();
    const { device: ours, representative: theirs } = good;
    assert.ok(ours && theirs);
    const swapped = {
      ...good,
      device: { certificate: theirs.certificate, signature: theirs.signature },
      representative: { ...theirs, certificate: ours.certificate, signature: ours.signature },
    };
    refused(swapped, /certificate of the device is not the maker's/);
    const moved = { ...theirs, signature: signText('device', theirs.vouch, erin.key) };
    refused({ ...good, representative: moved }, /representative is not of this receipt/);
  });

  it('of certificates of another maker is false', async () => {
    const other = await testAuthority(now, 'Somebody Else');
    const { root, device: devices, representative } = other.keyed;
    const authority = {
      root: root.certificate,
      device: devices.certificate,
      representative: representative.certificate,
    };
    refused({ ...receipt(), authority }, /not the maker's/);
  });

  it('whose certificates were not valid then says so, as a clock may be wrong', () => {
    const late = receipt(state({ from: now + 1e12, to: now + 1e12 + 1, clock: 'wrong' }));
    assert.deepEqual(verifyReceipt(late).notes, [
      'device-certificate-dates',
      'representative-certificate-dates',
      'clock-wrong',
    ]);
  });

  it('of any bytes is refused, and too many are not read', () => {
    assert.throws(() => parseReceipt(Buffer.alloc(receiptCap + 1, 0x20)), { code: 'message-too-large' });
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 300 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          assert.throws(() => parseReceipt(bytes), { code: 'message-malformed' });
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('changed in any one byte of its statement or signatures is not taken for a good one', () => {
    const good = receipt();
    const parts = [good.statement, good.device?.signature ?? '', good.representative?.vouch ?? ''];
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 }),
        fc.nat(),
        fc.integer({ min: 1, max: 90 }),
        (part, at, by) => {
          const text = parts[part] ?? '';
          const place = at % text.length;
          const code = 33 + ((text.charCodeAt(place) - 33 + by) % 93);
          const bad = text.slice(0, place) + String.fromCharCode(code) + text.slice(place + 1);
          fc.pre(bad !== text);
          const [statement = '', signature = '', vouch = ''] = parts.map((own, index) =>
            index === part ? bad : own,
          );
          assert.ok(good.device && good.representative);
          const changed = {
            ...good,
            statement,
            device: { ...good.device, signature },
            representative: { ...good.representative, vouch },
          };
          assert.throws(() => verifyReceipt(parseReceipt(Buffer.from(formatReceipt(changed)))));
        },
      ),
      { seed, numRuns: 200 },
    );
  });
});

describe('a list of a statement', () => {
  it('stays within its budget, and its digest binds what is left out', () => {
    const one = new ListBuilder(numbered, 100);
    const other = new ListBuilder(numbered, 100);
    for (let n = 0; n < 1_000; n += 1) {
      one.add({ n });
      other.add({ n: n === 999 ? 0 : n });
    }
    assert.ok(one.listed().items.length < 20);
    assert.equal(one.listed().count, 1_000);
    assert.deepEqual(one.listed().items, other.listed().items);
    assert.notEqual(one.listed().sha256, other.listed().sha256);
    assert.ok(isWhole(one.listed()));
    assert.ok(!isWhole({ ...empty, items: [1] }));
  });

  it('leaves room for all of a statement, at its longest', () => {
    const long = '\u{1F600}'.repeat(250);
    const channels = new ListBuilder(channelItemSchema, listBytes.channels);
    const files = new ListBuilder(fileItemSchema, listBytes.files);
    for (let n = 0; n < 500; n += 1) {
      channels.add({ id: n, kind: 'command', what: long, from: n, to: n, bytesIn: n, bytesOut: n });
      files.add({ channel: n, at: n, what: 'read', path: long, to: long });
    }
    const text = state({
      channels: {
        ...channels.listed(),
        items: [...channels.listed().items],
      },
      files: { ...files.listed(), items: [...files.listed().items] },
    });
    assert.ok(Buffer.byteLength(text) < statementCap);
    assert.deepEqual(verifyReceipt(receipt(text)).notes, ['lists-cut']);
  });
});

describe('the channel of a receipt', () => {
  it('carries whole messages however they are cut', async () => {
    const { a, b } = streamPair();
    const heard: Signing[] = [];
    const all = new Promise<void>((resolve, reject) => {
      const hear = (message: Signing): void => {
        heard.push(message);
        if (heard.length === 2) resolve();
      };
      readReceiptMessages(b, signingSchemas, hear, reject);
    });
    const { representative } = receipt();
    assert.ok(representative);
    const bytes = Buffer.concat([
      encodeReceiptMessage({ type: 'done' }),
      encodeReceiptMessage({ type: 'signed', representative }),
    ]);
    for (let at = 0; at < bytes.length; at += 7) a.write(bytes.subarray(at, at + 7));
    await all;
    assert.deepEqual(heard, [{ type: 'done' }, { type: 'signed', representative }]);
  });

  it('refuses a length beyond its cap before the body comes', async () => {
    const { a, b } = streamPair();
    const failed = new Promise((resolve) => readReceiptMessages(b, signingSchemas, () => {}, resolve));
    a.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
    assert.equal(((await failed) as { code: string }).code, 'message-too-large');
  });
});
