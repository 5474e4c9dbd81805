/** The connection test in networks that are broken for real: each in namespaces of its own. */
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { decodeConnection } from '../../packages/protocol/src/connectionCode/index.ts';
import { fakeTimeLibrary } from '../../scripts/checks/programs.ts';
import { dns, type Fault, makeSites, ports, proxy, relayAddress, type Sites } from './parts/site.ts';

type Expected = {
  readonly verdict: string;
  /** All advice, in order. */
  readonly advice: readonly string[];
  /** What the sentences name. */
  readonly says?: RegExp;
};
const relayPorts = 'tcp dport { 443, 22 }';
const noName = 'ends-at-name';
const addressed = 'addr add 198.18.N.10/24 dev out';

const faults: { readonly [name: string]: Fault & Expected } = {
  'no fault': { verdict: 'reachable', advice: [], says: /by port 443, 22/ },
  'a firewall that swallows one port': {
    input: 'tcp dport 443 drop',
    verdict: 'reachable',
    advice: [],
    says: /by port 22\./,
  },
  'the one port that is set swallowed': {
    input: 'tcp dport 443 drop',
    config: 'outbound-port: 443\n',
    verdict: 'reachable',
    advice: ['other-port-works'],
    says: /port 22 does/,
  },
  'a firewall that swallows all ports': {
    input: `${relayPorts} drop`,
    verdict: 'ends-at-silence',
    advice: ['firewall-swallows'],
    says: /port 443, 22/,
  },
  'a firewall that refuses all ports': {
    input: `${relayPorts} reject with tcp reset`,
    verdict: 'ends-at-refusal',
    advice: ['firewall-refuses'],
  },
  'a firewall that inspects TLS': {
    redirect: `${relayPorts} redirect to :${ports.inspecting}`,
    verdict: 'ends-at-stranger',
    advice: ['tls-inspected'],
    says: /Example Firewall/,
  },
  'a firewall that cuts TLS': {
    input: `${relayPorts} meta length > 200 reject with tcp reset`,
    verdict: 'ends-at-tls',
    advice: ['tls-cut'],
  },
  'a captive portal': {
    redirect: `meta l4proto tcp redirect to :${ports.portal}`,
    verdict: 'ends-at-stranger',
    advice: ['captive-portal'],
    says: /portal\.hotel\.example/,
  },
  'a line that swallows large packets': {
    input: `${relayPorts} meta length > 1000 drop`,
    output: 'tcp sport { 443, 22 } meta length > 1000 drop',
    verdict: 'ends-at-tls',
    advice: ['mtu-small'],
  },
  'IPv6 that leads nowhere': {
    ip: [
      addressed,
      'route add default via 198.18.N.1',
      'addr add 2001:db8:N::10/64 dev out nodad',
      'route add default via 2001:db8:N::1',
    ],
    verdict: 'reachable',
    advice: ['ipv6-nowhere'],
  },
  'no link': {
    outside: ['link set fN down'],
    ip: [addressed],
    verdict: 'no-network',
    advice: ['link-missing'],
  },
  'no DHCP server': {
    ip: ['addr add 169.254.7.7/16 dev out'],
    verdict: noName,
    advice: ['address-link-local', 'gateway-missing'],
    says: /169\.254\.7\.7/,
  },
  'no gateway': { ip: [addressed], verdict: noName, advice: ['gateway-missing'] },
  'a gateway that is not there': {
    ip: [addressed, 'route add default via 198.18.N.99'],
    verdict: noName,
    advice: ['gateway-silent'],
    says: /198\.18\.\d+\.99 on out/,
  },
  'two gateways, of which the first leads nowhere': {
    aux: true,
    outside: ['addr add 198.19.N.1/24 dev gN'],
    ip: [
      addressed,
      'route add default via 198.18.N.1 metric 100',
      'route add default via 198.19.N.1 metric 50',
    ],
    verdict: noName,
    advice: ['gateways-several', 'dns-silent'],
    says: /198\.19\.\d+\.1 on aux, 198\.18\.\d+\.1 on out/,
  },
  'a gateway that DHCP offers on a second port, and nobody uses': {
    aux: true,
    ip: [addressed],
    lease: 'ADDRESS=198.19.N.10\\nROUTER=198.19.N.1\\n',
    verdict: noName,
    advice: ['gateway-unused', 'gateway-missing'],
    says: /aux offers the gateway 198\.19/,
  },
  'no DNS server': { dns: [], verdict: noName, advice: ['dns-missing'] },
  'a DNS server that does not answer': {
    dns: [dns.nobody],
    verdict: noName,
    advice: ['dns-silent'],
    says: /203\.0\.113\.99 does not answer/,
  },
  'a DNS server that does not know the relay': {
    dns: [dns.unknowing],
    verdict: noName,
    advice: ['dns-unknown'],
  },
  'a DNS server that answers wrongly': {
    dns: [dns.wrong],
    verdict: 'ends-at-silence',
    advice: ['dns-wrong'],
    says: /10\.9\.9\.9/,
  },
  'a clock that is two years ahead': {
    env: {
      LD_PRELOAD: globSync(fakeTimeLibrary)[0] ?? '',
      FAKETIME: '+2y',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      DONT_FAKE_MONOTONIC: '1',
    },
    verdict: 'reachable',
    advice: ['clock-wrong'],
    says: /2 years ahead/,
  },
  'a firewall that forgets connections on which nothing is said': {
    input: `${relayPorts} ct state invalid drop`,
    options: ['--hold', '8'],
    verdict: 'reachable',
    advice: ['idle-cut'],
    says: /for 4s to 8s/,
  },
  'no firewall, connections held': { options: ['--hold', '6'], verdict: 'reachable', advice: [] },
  'a proxy that alone leads out': {
    input: `${relayPorts} drop`,
    config: `proxy: http://${proxy.address}:3129\n`,
    verdict: 'reachable',
    advice: [],
  },
  'a proxy that wants a name and password': {
    input: `${relayPorts} drop`,
    config: `proxy: http://${proxy.address}:3128\n`,
    verdict: 'ends-at-proxy',
    advice: ['proxy-password'],
    says: /203\.0\.113\.20:3128 wants a name and password/,
  },
  'a proxy that wants another password': {
    input: `${relayPorts} drop`,
    config: `proxy: http://device:wrong@${proxy.address}:3128\n`,
    verdict: 'ends-at-proxy',
    advice: ['proxy-password'],
  },
  'a proxy with its name and password': {
    input: `${relayPorts} drop`,
    config: `proxy: http://${proxy.secret}@${proxy.address}:3128\n`,
    verdict: 'reachable',
    advice: [],
  },
  'a SOCKS proxy with its name and password': {
    input: `${relayPorts} drop`,
    config: `proxy: socks5://${proxy.secret}@${proxy.address}\n`,
    verdict: 'reachable',
    advice: [],
  },
  'a SOCKS proxy that wants another password': {
    input: `${relayPorts} drop`,
    config: `proxy: socks5://device:wrong@${proxy.address}\n`,
    verdict: 'ends-at-proxy',
    advice: ['proxy-password'],
  },
  'a proxy that is down, and is not needed': {
    config: `proxy: http://${proxy.address}:3999\n`,
    verdict: 'ends-at-proxy',
    advice: ['proxy-unreachable', 'proxy-needless'],
    says: /Without the proxy, port 443, 22 works/,
  },
  'a proxy that is needed, and not set': {
    input: `${relayPorts} drop`,
    dns: [dns.telling],
    verdict: 'ends-at-silence',
    advice: ['proxy-needed', 'firewall-swallows'],
    says: /wpad, at 203\.0\.113\.20/,
  },
  'a source interface that there is not': {
    config: 'source-interface: eth7\n',
    verdict: 'ends-at-route',
    advice: ['source-unusable'],
    says: /eth7/,
  },
  'a source interface that leads there': {
    config: 'source-interface: out\n',
    verdict: 'reachable',
    advice: [],
  },
  'a device that the relay has removed': {
    removed: true,
    verdict: 'ends-at-relay',
    advice: ['device-refused'],
  },
};

const fault = (name: string): Fault => faults[name] ?? {};

describe('the connection test, in a network with a fault,', { concurrency: 4, timeout: 240_000 }, () => {
  let sites: Sites;
  before(async () => {
    sites = await makeSites(faults);
  });
  after(async () => {
    await sites?.end();
  });

  for (const [name, { verdict, advice, says }] of Object.entries(faults)) {
    it(`ends within ten seconds in the right verdict and advice: ${name}`, async () => {
      const { status, stdout, stderr } = await sites.of(name).test();
      assert.notEqual(stdout, '', stderr);
      const result = JSON.parse(stdout);
      assert.ok(result.verdict, stdout);
      assert.equal(result.verdict.code, verdict, stdout);
      assert.deepEqual(
        result.advice.map(({ code }: { code: string }) => code),
        advice,
        stdout,
      );
      assert.equal(status, verdict === 'reachable' ? 0 : 4);
      if (says) assert.match(JSON.stringify([result.verdict, result.advice]), says);
      assert.ok(result.ms <= 10_500, `${result.ms} ms`);
      const read = decodeConnection(result.code);
      assert.equal(read.verdict, verdict);
      assert.deepEqual(read.advice, advice.slice(0, 3));
      if (result.addresses.includes(relayAddress)) assert.match(result.firewall, /203\.0\.113\.10/);
      assert.equal(/by the proxy/.test(result.firewall), /^proxy:/m.test(fault(name).config ?? ''));
    });
  }
});
