import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { keyWords } from '@sallyport/protocol/keyWords';
import { fail as deviceFail } from '../errors/index.ts';
import { aGrant, erin, openState } from '../grant/testing.ts';
import type { DeviceIdentity } from '../identity/index.ts';
import { statusSchema } from './status.ts';
import { type ViewInput, viewStatus } from './view.ts';

const now = Date.UTC(2027, 0, 1);
const input: ViewInput = {
  grant: openState(),
  leftMs: 60_000,
  time: { best: () => now, offMs: () => undefined },
  tunnel: { at: 'up', problem: undefined, roundTripMs: undefined },
  gateway: undefined,
  sessions: [],
  waiting: [],
  asks: [],
  refusals: [],
  identity: { id: 'd-1', host: 'relay.example' } as DeviceIdentity,
  outboundPort: 443,
  runAs: { kind: 'missing', reason: '' },
  portChange: undefined,
  revoked: [],
  trouble: undefined,
  left: undefined,
  otpReplaced: false,
};
const view = (change: Partial<ViewInput> = {}) => statusSchema.parse(viewStatus({ ...input, ...change }));
const codes = (list: readonly { code: string }[]) => list.map(({ code }) => code);

describe('the status', () => {
  it('of an open grant has its port number, end, scopes and the state of the OTP', () => {
    const status = view();
    assert.equal(status.state, 'open');
    assert.equal(status.port, 40_123);
    assert.equal(status.otp, 'live');
    assert.equal(status.endsAt, '2027-01-01T00:01:00.000Z');
    assert.equal(status.problem, null);
    assert.deepEqual(status.relay, { host: 'relay.example', device: 'd-1', port: 443 });
  });

  it('gives advice with its details', () => {
    const problem = deviceFail('outbound-port-unknown', { details: { port: 80, ports: '443, 22' } });
    assert.equal(
      view({ tunnel: { at: 'resting', problem, roundTripMs: undefined } }).problem?.next,
      'Use one of 443, 22, or automatic.',
    );
  });

  it('of a grant that has ended is that of none', () => {
    const status = view({ grant: { at: 'ended', grant: aGrant.id, reason: 'expired' } });
    assert.equal(status.state, 'disabled');
    assert.equal(status.ended, 'expired');
    assert.equal(status.port, undefined);
  });

  it('has the problem of the tunnel only while a connection is wanted and missing', () => {
    const problem = fail('relay-not-ours', {
      details: { host: 'relay.example', reason: 'issued by Firewall' },
    });
    const resting = { at: 'resting', problem, roundTripMs: undefined } as const;
    assert.equal(view({ tunnel: resting }).problem?.code, 'relay-not-ours');
    assert.match(view({ tunnel: resting }).problem?.text ?? '', /issued by Firewall/);
    assert.equal(view({ tunnel: resting }).problem?.details['host'], 'relay.example');
    assert.equal(view({ tunnel: resting, grant: { at: 'disabled' } }).problem, null);
  });

  it('says that the device is not enrolled, and needs no grant to say it', () => {
    assert.equal(view({ identity: undefined, grant: { at: 'disabled' } }).problem?.code, 'not-enrolled');
  });

  it('notices a wrong clock, by how much', () => {
    const { notices } = view({ time: { best: () => now, offMs: () => -2 * 86_400_000 } });
    assert.deepEqual(codes(notices), ['clock-wrong']);
    assert.match(notices[0]?.text ?? '', /2 days behind/);
  });

  it('notices a port number that had to change, and why', () => {
    const { notices } = view({ portChange: { from: 40_001, why: 'taken' } });
    assert.deepEqual(codes(notices), ['port-number-changed']);
    assert.match(notices[0]?.text ?? '', /another grant has 40001 now/);
  });

  it('notices that a restart replaced the OTP that somebody may have written down', () => {
    assert.deepEqual(codes(view({ otpReplaced: true }).notices), ['otp-replaced']);
    const trouble = deviceFail('state-unwritable', { details: { reason: 'database or disk is full' } });
    assert.deepEqual(codes(view({ trouble }).notices), ['state-unwritable']);
  });

  it("notices that terminals run as the agent's own user", () => {
    assert.deepEqual(codes(view({ runAs: { kind: 'same-user' } }).notices), ['run-as-same-user']);
  });

  it('names the keys that failed, and the blocked ones', () => {
    const failures = [{ ...erin, count: 3, blocked: 'failures' as const }];
    const seen = view({ grant: openState({ failures }) }).failures;
    assert.deepEqual(seen, [{ ...failures[0], keyWords: keyWords(erin.key) }]);
  });
});
