import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '@sallyport/protocol/testing';
import { type BusEvent, localBus } from './index.ts';
import { parseEvent } from './postgres.ts';

const moved: BusEvent = { kind: 'tunnel-moved', device: 'd1', epoch: 7, node: 'a.relay.example' };

describe('the bus', () => {
  it('in one process tells every listener, and never within the call', async () => {
    const bus = localBus();
    const heard: BusEvent[] = [];
    bus.onEvent((event) => heard.push(event));
    bus.onEvent((event) => heard.push(event));
    bus.publish(moved);
    assert.deepEqual(heard, []);
    await settle();
    assert.deepEqual(heard, [moved, moved]);
  });

  it('in one process says nothing after it was closed', async () => {
    const bus = localBus();
    const heard: BusEvent[] = [];
    bus.onEvent((event) => heard.push(event));
    bus.publish(moved);
    await bus.close();
    await settle();
    assert.deepEqual(heard, []);
  });

  it('reads a notification of this version', () => {
    assert.deepEqual(parseEvent(JSON.stringify(moved)), moved);
    assert.deepEqual(parseEvent('{"kind":"revocation"}'), { kind: 'revocation' });
  });

  for (const [what, payload] of [
    ['is missing', undefined],
    ['is no JSON', '{'],
    ['is of an unknown kind', '{"kind":"sing"}'],
    ['lacks a field', '{"kind":"tunnel-moved","device":"d1","epoch":7}'],
    ['names a node that cannot be', JSON.stringify({ ...moved, node: 'a/b' })],
    ['is too large', JSON.stringify({ ...moved, pad: 'x'.repeat(8_000) })],
  ] as const) {
    it(`passes over a notification that ${what}`, () => {
      assert.equal(parseEvent(payload), undefined);
    });
  }
});
