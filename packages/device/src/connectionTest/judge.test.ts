import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NetworkView } from '../network/index.ts';
import { portalIn } from './around.ts';
import { type Findings, judge, reachedOn, sayJudgement } from './judge.ts';
import type { Step, Way } from './view.ts';

const host = 'relay.maker.example';
const ok = (step: Step['step']): Step => ({ step, ok: true, ms: 1, problem: null });
const bad = (step: Step['step'], code: string, reason = ''): Step => ({
  step,
  ok: false,
  ms: 1,
  problem: { code, text: `${code}.`, next: 'Ask.', details: reason === '' ? {} : { reason } },
});
const way = (port: number, ...steps: Step[]): Way => ({ port, family: 4, address: '203.0.113.10', steps });
const six = (port: number, ...steps: Step[]): Way => ({ port, family: 6, address: '2001:db8::10', steps });
const good = [ok('tcp'), ok('tls'), ok('health'), ok('websocket')];
const silent = bad('tcp', 'relay-no-answer');
const refused = bad('tcp', 'relay-refused');
const noRoute = bad('tcp', 'relay-no-route');

const wire = (name: string, ...addresses: string[]): NetworkView['interfaces'][number] => ({
  name,
  hardware: '',
  up: true,
  link: true,
  mtu: 1500,
  addresses: addresses.map((address) => ({ address, prefix: 24, family: address.includes(':') ? 6 : 4 })),
});
const gateway = (name: string, address: string, metric = 0): NetworkView['gateways'][number] => ({
  interface: name,
  address,
  family: 4,
  metric,
});
const network: NetworkView = {
  interfaces: [wire('eth0', '192.168.1.7')],
  gateways: [gateway('eth0', '192.168.1.1')],
  offered: [],
  dns: [{ address: '192.168.1.1', by: 'dhcp' }],
};
const answered = { address: '192.168.1.1', outcome: 'answered' as const, addresses: ['203.0.113.10'], ms: 1 };
const found = (what: Partial<Findings>): Findings => ({
  host,
  addresses: ['203.0.113.10'],
  servers: [answered],
  ways: [],
  clockOffMs: 0,
  ports: [443, 22],
  network,
  silent: [],
  portal: null,
  known: [],
  proxy: undefined,
  wpad: null,
  onlyPort: undefined,
  ...what,
});
const unnamed = { addresses: [], ways: [], clockOffMs: null };
const dark = { ways: [way(443, silent), way(22, silent)], clockOffMs: null };

const cases: readonly [name: string, findings: Findings, verdict: string, ...advice: string[]][] = [
  ['all is well', found({ ways: [way(443, ...good), way(22, ...good)] }), 'reachable'],
  ['one port works', found({ ways: [way(443, silent), way(22, ...good)] }), 'reachable'],
  [
    'the port that is set is the one that does not work',
    found({ ways: [way(443, silent), way(22, ...good)], onlyPort: 443 }),
    'reachable',
    'other-port-works',
  ],
  [
    'the clock is wrong',
    found({ ways: [way(443, ...good)], clockOffMs: -7_200_000 }),
    'reachable',
    'clock-wrong',
  ],
  [
    'the relay does not take the device',
    found({ ways: [way(443, ok('tcp'), ok('tls'), ok('health'), bad('websocket', 'identity-revoked'))] }),
    'ends-at-relay',
    'device-refused',
  ],
  [
    'there is no link',
    found({
      ...unnamed,
      network: { ...network, interfaces: [{ ...wire('eth0'), link: false }], gateways: [] },
    }),
    'no-network',
    'link-missing',
  ],
  [
    'no DHCP server answered',
    found({
      ...unnamed,
      network: { ...network, interfaces: [wire('eth0', '169.254.7.7')], gateways: [] },
    }),
    'ends-at-name',
    'address-link-local',
    'gateway-missing',
  ],
  [
    'there is no gateway',
    found({ ways: [way(443, noRoute), way(22, noRoute)], network: { ...network, gateways: [] } }),
    'ends-at-route',
    'gateway-missing',
  ],
  [
    'the gateway does not answer',
    found({ ways: [way(443, noRoute)], silent: [{ interface: 'eth0', address: '192.168.1.1' }] }),
    'ends-at-route',
    'gateway-silent',
  ],
  [
    'there are two gateways, and the first leads nowhere',
    found({
      ...dark,
      network: { ...network, gateways: [gateway('eth1', '10.0.0.1'), gateway('eth0', '192.168.1.1', 100)] },
    }),
    'ends-at-silence',
    'gateways-several',
    'firewall-swallows',
  ],
  [
    'a second port has a gateway that is not used',
    found({
      ways: [way(443, noRoute)],
      network: { ...network, gateways: [], offered: [{ interface: 'eth1', gateway: '10.0.0.1' }] },
    }),
    'ends-at-route',
    'gateway-unused',
    'gateway-missing',
  ],
  [
    'there is no DNS server',
    found({ ...unnamed, servers: [], network: { ...network, dns: [] } }),
    'ends-at-name',
    'dns-missing',
  ],
  [
    'the DNS server does not answer',
    found({ ...unnamed, servers: [{ ...answered, outcome: 'silent', addresses: [] }] }),
    'ends-at-name',
    'dns-silent',
  ],
  [
    'the DNS server does not know the name',
    found({ ...unnamed, servers: [{ ...answered, outcome: 'unknown', addresses: [] }] }),
    'ends-at-name',
    'dns-unknown',
  ],
  [
    'the DNS server answers an address that leads nowhere on the internet',
    found({ ...dark, servers: [{ ...answered, addresses: ['10.9.9.9'] }] }),
    'ends-at-silence',
    'dns-wrong',
  ],
  [
    'the DNS server answers another address than when it worked',
    found({ ...dark, known: ['203.0.113.99'] }),
    'ends-at-silence',
    'dns-wrong',
  ],
  ['the ports are swallowed', found(dark), 'ends-at-silence', 'firewall-swallows'],
  [
    'one port is refused and one swallowed',
    found({ ways: [way(443, refused), way(22, silent)], clockOffMs: null }),
    'ends-at-refusal',
    'firewall-swallows',
    'firewall-refuses',
  ],
  [
    'a firewall inspects TLS',
    found({ ways: [way(443, ok('tcp'), bad('tls', 'relay-not-ours', 'it was issued by "CN=Firewall"'))] }),
    'ends-at-stranger',
    'tls-inspected',
  ],
  [
    'a portal answers for everybody',
    found({
      ways: [way(443, ok('tcp'), bad('tls', 'relay-not-ours', 'it does not speak TLS'))],
      portal: 'http://portal.example/',
    }),
    'ends-at-stranger',
    'captive-portal',
  ],
  [
    'large packets vanish',
    found({ ways: [{ ...way(443, ok('tcp'), bad('tls', 'relay-no-answer')), smallPasses: true }] }),
    'ends-at-tls',
    'mtu-small',
  ],
  ['TLS is cut', found({ ways: [way(443, ok('tcp'), bad('tls', 'relay-cut'))] }), 'ends-at-tls', 'tls-cut'],
  [
    'IPv6 leads nowhere',
    found({
      ways: [way(443, ...good), six(443, silent)],
      network: { ...network, interfaces: [wire('eth0', '192.168.1.7', '2001:db8::7')] },
    }),
    'reachable',
    'ipv6-nowhere',
  ],
  [
    'a network tells of a proxy',
    found({ ...dark, wpad: '10.0.0.8' }),
    'ends-at-silence',
    'proxy-needed',
    'firewall-swallows',
  ],
  [
    'the proxy that is set works',
    found({ proxy: 'proxy:3128', ways: [way(443, silent), { ...way(443, ...good), proxy: true }] }),
    'reachable',
  ],
  [
    'the proxy wants a password',
    found({
      proxy: 'proxy:3128',
      ways: [way(443, silent), { ...way(443, bad('tcp', 'proxy-password')), proxy: true }],
    }),
    'ends-at-proxy',
    'proxy-password',
  ],
  [
    'the proxy does not run, and is not needed',
    found({
      proxy: 'proxy:3128',
      ways: [
        way(443, ok('tcp'), ok('tls'), ok('health')),
        { ...way(443, bad('tcp', 'proxy-unreachable')), proxy: true },
      ],
    }),
    'ends-at-proxy',
    'proxy-unreachable',
    'proxy-needless',
  ],
  ['IPv6 is not there', found({ ways: [way(443, ...good), six(443, noRoute)] }), 'reachable'],
];

describe('the findings of a connection test', () => {
  for (const [name, findings, verdict, ...advice] of cases) {
    it(`are judged as ${verdict}${advice.length > 0 ? `, with ${advice.join(' and ')}` : ''}: ${name}`, () => {
      const judgement = judge(findings);
      assert.equal(judgement.verdict.code, verdict);
      assert.deepEqual(
        judgement.advice.map(({ code }) => code),
        advice,
      );
      const said = sayJudgement(judgement, host);
      const sentences = [said.verdict?.text, ...said.advice.flatMap(({ text, next }) => [text, next])];
      for (const sentence of sentences) assert.doesNotMatch(sentence ?? '?', /[{}?]/, 'no detail is missing');
    });
  }
  it('tell of a port how far the best way on it leads', () => {
    const ways = [six(443, silent), way(443, ok('tcp'), bad('tls', 'relay-cut'))];
    assert.equal(reachedOn(443, ways), 'tcp');
    assert.equal(reachedOn(22, ways), 'not-tried');
    assert.equal(reachedOn(443, [six(443, noRoute), way(443, silent)]), 'silent', 'there is no IPv6 here');
    assert.equal(reachedOn(443, [way(443, noRoute)]), 'refused');
  });
});

describe('the answer of a captive portal', () => {
  it('is told by where it sends guests, or by its status', () => {
    assert.equal(
      portalIn('HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n'),
      'http://portal.example/',
    );
    assert.equal(portalIn('HTTP/1.1 511 Network Authentication Required\r\n\r\n'), '');
    assert.equal(portalIn('HTTP/1.1 200 OK\r\n\r\n'), null);
    assert.equal(portalIn('SSH-2.0-OpenSSH_10.0\r\n\r\n'), null);
  });
});
