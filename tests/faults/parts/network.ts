/**
 * The network of the faults, in namespaces:
 *
 *   device ── site (a router with NAT) ══ internet ── relay
 *                                            └────── representative
 *
 * Between site and internet lie two lines: a fast cable, and a wire that is slow and loses packets. Addresses are
 * those that RFC 2544 and RFC 5737 keep for tests and documentation.
 */
import { uniform } from '@sallyport/protocol/environment';
import { seededRandom } from '@sallyport/protocol/testing';
import { endNamespace, joinNamespaces, makeNamespace, type Namespace, removeLeftovers } from './namespace.ts';
import { must } from './system.ts';
import { openWire, type WireQuality } from './wire.ts';

export const relayName = 'relay.maker.example';
export const relayAddress = '203.0.113.10';
const sitePublic = '192.0.2.2';
const siteOther = '192.0.2.3';

export type Network = {
  readonly relay: Namespace;
  readonly device: Namespace;
  readonly representative: Namespace;
  readonly site: Namespace;
  /** The site goes out by the long wire from now on. */
  takeWire(quality: WireQuality): void;
  /** The site goes out by the cable, at most at this rate each way (as `tc` writes it); as fast as it goes without. */
  takeCable(rate?: string): void;
  /** Packets of the wire so far. */
  wireCount(): { readonly packets: number; readonly lost: number };
  /** What the site's router does with packets between the device and the internet. */
  siteRule(rule: SiteRule): void;
  /** NAT forgets a connection on which nothing was said for so long. */
  natForgetsAfter(seconds: number): void;
  /** Gives the device, or the representative, another address; the one before is gone. */
  moveDevice(host: number): void;
  moveRepresentative(host: number): void;
  end(): void;
};

export type SiteRule =
  /** Passes them. */
  | { readonly at: 'open' }
  /** Swallows all of them, without a word to anybody. */
  | { readonly at: 'hole' }
  /** The provider gave the site another address: what belongs to the one before is swallowed. */
  | { readonly at: 'other-address' }
  /** Answers every new TCP connection itself, at this port of its own; swallows what was there before. */
  | { readonly at: 'portal'; readonly port: number };

export async function makeNetwork(options: { folder: string; seed: number; run: number }): Promise<Network> {
  removeLeftovers();
  const { folder, run } = options;
  const names = { [relayName]: relayAddress };
  const make = (role: string): Namespace => makeNamespace(`${run}-${role}`, { folder, names });
  const relay = make('relay');
  const internet = make('internet');
  const site = make('site');
  const device = make('device');
  const representative = make('representative');
  const all = [relay, internet, site, device, representative];

  // Of what every kernel lets namespaces choose, the one that loss hurts most.
  for (const one of all) one.set('net/ipv4/tcp_congestion_control', 'reno');
  joinNamespaces(internet, relay, { a: 'relay', b: 'out' });
  joinNamespaces(internet, representative, { a: 'people', b: 'out' });
  joinNamespaces(internet, site, { a: 'site', b: 'out' });
  joinNamespaces(site, device, { a: 'lan', b: 'out' });
  for (const router of [internet, site]) router.set('net/ipv4/ip_forward', 1);
  internet.ip('addr add 203.0.113.1/24 dev relay');
  internet.ip('addr add 198.51.100.1/24 dev people');
  internet.ip('addr add 192.0.2.129/30 dev site');
  relay.ip(`addr add ${relayAddress}/24 dev out`);
  relay.ip('route add default via 203.0.113.1');
  site.ip('addr add 192.0.2.130/30 dev out');
  site.ip('addr add 198.18.0.1/24 dev lan');
  for (const address of [sitePublic, siteOther]) site.ip(`addr add ${address}/32 dev lo`);

  const wire = await openWire(
    { namespace: internet, address: '192.0.2.133/30' },
    { namespace: site, address: '192.0.2.134/30' },
    chance(options.seed),
  );
  const goBy = (line: 'cable' | 'wire'): void => {
    const [here, there, inside] =
      line === 'cable' ? ['192.0.2.129', '192.0.2.130', 'site'] : ['192.0.2.133', '192.0.2.134', 'wire'];
    site.ip(`route replace default via ${here} dev ${line === 'cable' ? 'out' : 'wire'}`);
    for (const address of [sitePublic, siteOther])
      internet.ip(`route replace ${address}/32 via ${there} dev ${inside}`);
  };
  const move = (who: Namespace, net: string, host: number): void => {
    who.ip('addr flush dev out scope global');
    who.ip(`addr add ${net}.${host}/24 dev out`);
    who.ip(`route replace default via ${net}.1`);
  };
  const network: Network = {
    relay,
    device,
    representative,
    site,
    takeWire: (quality) => {
      wire.become(quality);
      goBy('wire');
    },
    takeCable: (rate) => {
      for (const [namespace, end] of [
        [internet, 'site'],
        [site, 'out'],
      ] as const) {
        const tc = (words: string): string =>
          must('tc', ['-n', namespace.name, 'qdisc', ...words.split(' ')]);
        if (rate === undefined) tc(`replace dev ${end} root pfifo limit 1000`);
        else tc(`replace dev ${end} root tbf rate ${rate} burst 16kb latency 1000ms`);
      }
      goBy('cable');
    },
    wireCount: () => wire.count(),
    siteRule: (rule) => site.nft(rulesFor(rule)),
    natForgetsAfter: (seconds) => {
      site.set('net/netfilter/nf_conntrack_tcp_loose', 0);
      site.set('net/netfilter/nf_conntrack_tcp_timeout_established', seconds);
    },
    moveDevice: (host) => move(device, '198.18.0', host),
    moveRepresentative: (host) => move(representative, '198.51.100', host),
    end: () => {
      wire.close();
      for (const namespace of all) endNamespace(namespace);
    },
  };
  network.siteRule({ at: 'open' });
  network.takeCable();
  network.moveDevice(10);
  network.moveRepresentative(10);
  return network;
}

function chance(seed: number): () => number {
  const random = seededRandom(seed);
  return () => uniform(random, 1_000_000) / 1_000_000;
}

function rulesFor(rule: SiteRule): string {
  const address = rule.at === 'other-address' ? siteOther : sitePublic;
  const through = {
    open: 'ct state invalid drop',
    hole: 'drop',
    'other-address': `ct state invalid drop; ct original ip saddr 198.18.0.0/24 ct reply ip daddr ${sitePublic} drop`,
    portal: 'drop',
  }[rule.at];
  const before = rule.at === 'portal' ? `iifname "lan" meta l4proto tcp redirect to :${rule.port}` : '';
  return `table ip site {
    chain before { type nat hook prerouting priority -100; ${before}; }
    chain within { type filter hook input priority 0; iifname != "lan" ip daddr { ${sitePublic}, ${siteOther} } drop; }
    chain through { type filter hook forward priority 0; ${through}; }
    chain leaving { type nat hook postrouting priority 100; ip saddr 198.18.0.0/24 oifname != "lan" snat to ${address}; }
  }`;
}
