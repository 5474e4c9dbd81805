import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail, SallyportError, toWireError } from '../errors/index.ts';
import type { GrantId, PortNumber, StreamId, Ticket } from '../grant/index.ts';
import type { RecordingId } from '../recording/index.ts';
import { formatMessage, type MessageSchemas, type OutgoingOf, parseMessage } from '../wire/index.ts';
import {
  type FromDevice,
  type FromRelay,
  fromDeviceSchemas,
  fromRelaySchemas,
  tunnelMessageCap,
} from './index.ts';

const grant = 'a'.repeat(32) as GrantId;
const ticket = 'b'.repeat(32) as Ticket;
const port = 40_123 as PortNumber;
const key = 'c'.repeat(64);
const error = toWireError(fail('device-busy'));
const head = {
  recording: `00000042-${'a'.repeat(32)}` as RecordingId,
  session: 'd'.repeat(32) as StreamId,
  seal: 3,
  lines: 195,
  bytes: 18_233,
  sha256: key,
  end: false,
};

function there<S extends MessageSchemas>(schemas: S, message: OutgoingOf<S>): unknown {
  return parseMessage(schemas, formatMessage<S>(message, tunnelMessageCap), tunnelMessageCap);
}

function refuses<S extends MessageSchemas>(schemas: S, message: object): void {
  assert.throws(
    () => parseMessage(schemas, Buffer.from(JSON.stringify(message)), tunnelMessageCap),
    (thrown) => thrown instanceof SallyportError && thrown.code === 'message-malformed',
    JSON.stringify(message).slice(0, 200),
  );
}

describe('the messages of a tunnel', () => {
  it('of a device arrive as they were sent', () => {
    const messages: FromDevice[] = [
      {
        type: 'open',
        grant,
        leftMs: 1,
        scopes: ['terminal', 'tcp:a:1'],
        approval: true,
        reference: 'CASE-7',
        version: '0.1.0',
      },
      { type: 'change', grant, leftMs: 0, scopes: ['web'], approval: false },
      { type: 'close', grant, reason: 'disabled' },
      { type: 'decline', ticket, error },
      { type: 'heads', id: 7, grant, recordings: [head] },
    ];
    for (const message of messages) assert.deepEqual(there(fromDeviceSchemas, message), message);
    assert.deepEqual(new Set(messages.map(({ type }) => type)), new Set(Object.keys(fromDeviceSchemas)));
  });

  it('of a relay arrive as they were sent', () => {
    const messages: FromRelay[] = [
      {
        type: 'opened',
        grant,
        port,
        now: 1_798_761_600_000,
        epoch: 3,
        changed: { from: port, why: 'taken' },
        revoked: [key],
        takes: ['heads'],
        revocations: [{ key, representative: 'erin@maker.example', reason: 'left' }],
      },
      { type: 'noted', id: 7 },
      { type: 'refused', error },
      { type: 'knock', ticket, dial: 'b.relay.maker.example', representative: 'erin@maker.example', key },
      { type: 'revoked', key, representative: 'erin@maker.example', reason: 'left the company' },
      { type: 'drain', afterMs: 5_000 },
    ];
    for (const message of messages) assert.deepEqual(there(fromRelaySchemas, message), message);
    assert.deepEqual(new Set(messages.map(({ type }) => type)), new Set(Object.keys(fromRelaySchemas)));
  });

  it('of an older side, without what was added since, get its defaults', () => {
    const open = { type: 'open' as const, grant, leftMs: 1, scopes: ['web'] };
    assert.deepEqual(there(fromDeviceSchemas, open), { ...open, approval: false, version: '' });
    const opened = { type: 'opened', grant, port, now: 0, epoch: 0 } as const;
    assert.deepEqual(there(fromRelaySchemas, opened), { ...opened, revoked: [], revocations: [], takes: [] });
  });

  it('cannot make a grant longer than a day, or of no scope', () => {
    const open = { type: 'open', grant, leftMs: 1, scopes: ['web'] };
    refuses(fromDeviceSchemas, { ...open, leftMs: 86_400_001 });
    refuses(fromDeviceSchemas, { ...open, leftMs: -1 });
    refuses(fromDeviceSchemas, { ...open, leftMs: 1.5 });
    refuses(fromDeviceSchemas, { ...open, scopes: [] });
    refuses(fromDeviceSchemas, { ...open, scopes: ['everything'] });
    refuses(fromDeviceSchemas, { ...open, grant: grant.toUpperCase() });
    refuses(fromDeviceSchemas, { ...open, reference: 'x'.repeat(201) });
  });

  it('cannot send a device to an address: `dial` is a name', () => {
    const knock = { type: 'knock', ticket, representative: 'erin@maker.example', key };
    for (const dial of [
      '',
      '[::1]',
      'relay.example:443',
      'relay.example/x',
      'RELAY.example',
      'a b',
      '.',
      'x'.repeat(254),
    ]) {
      refuses(fromRelaySchemas, { ...knock, dial });
    }
    refuses(fromRelaySchemas, { ...knock, dial: 'relay.example', ticket: 'b'.repeat(31) });
    refuses(fromRelaySchemas, { ...knock, dial: 'relay.example', key: 'c'.repeat(63) });
    refuses(fromRelaySchemas, { ...knock, dial: 'relay.example', representative: 'a/b' });
  });

  it('at their largest stay below the cap', () => {
    const scopes = Array.from({ length: 64 }, () => `tcp:${'a.'.repeat(125)}b:65535` as const);
    there(fromDeviceSchemas, { type: 'open', grant, leftMs: 1, scopes, reference: '\u{1f527}'.repeat(100) });
    const whole = { key, representative: 'a'.repeat(128), reason: '\u0001'.repeat(200) };
    const opened = { type: 'opened', grant, port, now: 0, epoch: 0, revoked: Array(500).fill(key) } as const;
    there(fromRelaySchemas, { ...opened, revocations: Array(16).fill(whole) });
    refuses(fromRelaySchemas, { ...opened, revocations: Array(17).fill(whole) });
    refuses(fromRelaySchemas, {
      type: 'opened',
      grant,
      port,
      now: 0,
      epoch: 0,
      revoked: Array(501).fill(key),
    });
  });
});
