import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fail as deviceFail } from '../errors/index.ts';
import { lookAtGateway } from './gateway.ts';
import { type Leg, legNames, legsOf, type PathInput } from './legs.ts';

const live = { state: 'live', roundTripMs: 40 } as const;
const suspended = { state: 'suspended', roundTripMs: 40 } as const;
const input: PathInput = {
  trouble: undefined,
  wanted: true,
  gateway: 'answers',
  gatewayProblem: (answer) => deviceFail(answer === 'none' ? 'gateway-missing' : 'gateway-silent'),
  tunnel: { at: 'up', problem: undefined, roundTripMs: 12 },
  sessions: [],
};
const legs = (change: Partial<PathInput>): readonly Leg[] => legsOf({ ...input, ...change });
const states = (change: Partial<PathInput>): string =>
  legs(change)
    .map(({ state }) => state)
    .join(' ');
const protects = (change: Partial<PathInput>) =>
  legs(change)
    .map((leg) => leg.protects ?? '-')
    .join(' ');
const resting = (problem: ReturnType<typeof fail>): Partial<PathInput> => ({
  tunnel: { at: 'resting', problem, roundTripMs: undefined },
});
const host = { host: 'relay.example', ports: '443', reason: 'issued by Firewall' };

describe('the way of a byte', () => {
  it('has five legs, whatever is known of them', () => {
    assert.deepEqual(
      legs({ wanted: false }).map(({ leg }) => leg),
      [...legNames],
    );
  });

  it('says of a device that is off only that it is there', () => {
    assert.equal(
      states({ wanted: false, tunnel: { ...input.tunnel, at: 'off' } }),
      'ok unknown unknown unknown unknown',
    );
  });

  it('waits for a representative when the tunnel stands', () => {
    assert.equal(states({}), 'ok ok ok ok waiting');
    assert.equal(legs({})[3]?.roundTripMs, 12);
    assert.equal(states({ sessions: [live] }), 'ok ok ok ok ok');
    assert.equal(states({ sessions: [suspended] }), 'ok ok ok ok waiting');
  });

  it('has the round trip of the one session that is live, and of several none', () => {
    const last = (...sessions: PathInput['sessions']) => legs({ sessions })[4]?.roundTripMs;
    assert.equal(last(live, suspended), 40);
    assert.equal(last(live, live), undefined);
    assert.equal(last(suspended), undefined);
  });

  it('is protected only where something of ours goes', () => {
    const off = { at: 'off', problem: undefined, roundTripMs: undefined } as const;
    assert.equal(protects({ wanted: false, tunnel: off }), '- - - - -');
    assert.equal(protects({ tunnel: { ...off, at: 'dialling' } }), '- - - - -');
    assert.equal(protects({}), '- tls tls tls -');
    assert.equal(protects({ sessions: [suspended] }), '- tls tls tls -');
    assert.equal(protects({ sessions: [live] }), '- end-to-end end-to-end end-to-end end-to-end');
    assert.equal(protects(resting(fail('relay-no-answer', { details: host }))), '- - - - -');
  });

  it('is broken where the device got stuck, and unknown behind that', () => {
    const cases: [code: Parameters<typeof fail>[0], expected: string][] = [
      ['relay-name-unresolved', 'ok ok broken unknown unknown'],
      ['relay-not-ours', 'ok ok broken unknown unknown'],
      ['proxy-password', 'ok ok broken unknown unknown'],
      // It may be a firewall, or the relay.
      ['relay-no-answer', 'ok ok unknown broken unknown'],
      ['relay-refused', 'ok ok unknown broken unknown'],
      // It answered.
      ['identity-revoked', 'ok ok ok broken unknown'],
      ['relay-draining', 'ok ok ok broken unknown'],
      ['connection-lost', 'ok ok waiting waiting unknown'],
    ];
    for (const [code, expected] of cases) {
      const found = legs(resting(fail(code, { details: host })));
      assert.equal(found.map(({ state }) => state).join(' '), expected, code);
      const broken = found.find(({ state }) => state === 'broken');
      if (broken) assert.equal(broken.problem?.code, code);
    }
  });

  it('blames a gateway that is silent or missing only while nothing gets through', () => {
    const stuck = resting(fail('relay-no-route', { details: host }));
    assert.equal(legs({ ...stuck, gateway: 'silent' })[1]?.problem?.code, 'gateway-silent');
    assert.equal(legs({ ...stuck, gateway: 'none' })[1]?.problem?.code, 'gateway-missing');
    assert.equal(legs({ ...stuck, gateway: undefined })[1]?.state, 'unknown');
    assert.equal(legs({ gateway: 'none' })[1]?.state, 'unknown');
  });

  it('ends at a device that cannot take part', () => {
    const [first] = legs({ trouble: deviceFail('not-enrolled') });
    assert.equal(first?.state, 'broken');
    assert.equal(first?.problem?.code, 'not-enrolled');
  });
});

describe('the gateway', () => {
  const route = (gateway: string) =>
    `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\neth0\t00000000\t${gateway}\t0003\t0\t0\t0\t00000000\n`;
  const arp = (flags: string) =>
    `IP address       HW type     Flags       HW address            Mask     Device\n192.168.1.1      0x1         ${flags}         00:11:22:33:44:55     *        eth0\n`;
  const look = (routes: string | undefined, neighbours: string | undefined) =>
    lookAtGateway((file) => (file.endsWith('route') ? routes : neighbours));

  it('answers, is silent, or is missing as the kernel knows it, and unknown otherwise', () => {
    assert.equal(look(route('0101A8C0'), arp('0x2')), 'answers');
    assert.equal(look(route('0101A8C0'), arp('0x0')), 'silent');
    assert.equal(look(route('0101A8C0'), ''), undefined);
    assert.equal(look(route('00000000'), arp('0x2')), undefined);
    assert.equal(look('Iface\tDestination\n', arp('0x2')), 'none');
    assert.equal(look(undefined, arp('0x2')), undefined);
    assert.equal(look(route('0101A8C0'), undefined), undefined);
  });
});
