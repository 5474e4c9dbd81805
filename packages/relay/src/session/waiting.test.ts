import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import { makeGrantId, makeTicket } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom, streamPair } from '@sallyport/protocol/testing';
import { halfSessionMs, halfSessionsPerDevice, halfSessionsPerRepresentative } from '../limits.ts';
import type { Half } from './splice.ts';
import { type Answer, WaitingHalves } from './waiting.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;
const half = (): Half => ({ stream: streamPair().a, early: [] });

function setUp() {
  const clock = fakeClock();
  const random = seededRandom(7);
  const waiting = new WaitingHalves({ clock, random });
  const grant = makeGrantId(random);
  const answers: Answer[] = [];
  const open = (representative = 'erin', device = 'd1') =>
    waiting.open({ grant, device, representative }, (answer) => answers.push(answer));
  const codes = (): string[] => answers.map((answer) => ('error' in answer ? answer.error.code : 'joined'));
  return { clock, random, waiting, open, answers, codes };
}

describe('half sessions', () => {
  it('are joined by the device that brings the ticket, once', () => {
    const { waiting, open, codes, clock } = setUp();
    const { ticket } = open();
    waiting.join(ticket, 'd1', half());
    assert.throws(() => waiting.join(ticket, 'd1', half()), withCode('ticket-unknown'));
    assert.deepEqual(codes(), ['joined']);
    assert.equal(clock.pending(), 0);
  });

  it('are not joined by another device, nor by another ticket', () => {
    const { waiting, open, codes, random } = setUp();
    const { ticket } = open();
    assert.throws(() => waiting.join(ticket, 'd2', half()), withCode('ticket-unknown'));
    assert.throws(() => waiting.join(makeTicket(random), 'd1', half()), withCode('ticket-unknown'));
    assert.deepEqual(codes(), []);
  });

  it('wait ten seconds, and the ticket is worth nothing after', async () => {
    const { waiting, open, codes, clock } = setUp();
    const { ticket } = open();
    await clock.advance(halfSessionMs - 1);
    assert.deepEqual(codes(), []);
    await clock.advance(1);
    assert.deepEqual(codes(), ['device-no-answer']);
    assert.throws(() => waiting.join(ticket, 'd1', half()), withCode('ticket-unknown'));
  });

  it('end when the representative has gone', () => {
    const { waiting, open, codes } = setUp();
    open().abandon();
    assert.deepEqual(codes(), ['connection-lost']);
    assert.equal(waiting.size, 0);
  });

  it('are refused by whom they concern only', () => {
    const { waiting, open, codes } = setUp();
    const { ticket } = open();
    waiting.decline(ticket, 'd2', fail('cut-off'));
    waiting.refuse(fail('identity-revoked'), ({ representative }) => representative === 'mallory');
    assert.deepEqual(codes(), []);
    waiting.decline(ticket, 'd1', fail('cut-off'));
    assert.deepEqual(codes(), ['cut-off']);
  });

  it(`are ${halfSessionsPerRepresentative} a representative at most`, () => {
    const { open } = setUp();
    const all = Array.from({ length: halfSessionsPerRepresentative }, (_, index) =>
      open('erin', `d${index}`),
    );
    assert.throws(() => open('erin', 'd9'), withCode('device-busy'));
    open('ann', 'd9');
    all[0]?.abandon();
    open('erin', 'd9');
  });

  it(`are ${halfSessionsPerDevice} a device at most`, () => {
    const { open } = setUp();
    for (let index = 0; index < halfSessionsPerDevice; index++) open(`r${index}`, 'd1');
    assert.throws(() => open('r9', 'd1'), withCode('device-busy'));
    open('r9', 'd2');
  });
});
