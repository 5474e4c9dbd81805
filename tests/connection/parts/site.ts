/**
 * One network of a customer for each fault, in namespaces, and what is outside of all of them:
 *
 *   device ── out ═══ (the site's router, and the internet: one namespace) ── relay, DNS servers, a firewall's proxy
 *         └── aux ═══   a second network port, where the fault wants one
 */
import { chmodSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrolDevice } from '../../../scripts/stage/newcomers.ts';
import {
  endNamespace,
  joinNamespaces,
  makeNamespace,
  type Namespace,
  removeLeftovers,
  runFolder,
} from '../../faults/parts/namespace.ts';
import { must } from '../../faults/parts/system.ts';
import {
  type Finished,
  mustRun,
  programs,
  repository,
  runCommand,
  type Service,
  startService,
} from '../../stage/index.ts';

export const relayName = 'relay.maker.example';
export const relayAddress = '203.0.113.10';
/** DNS servers: one that is right, one that is wrong, one that does not know, and an address where nobody is. */
export const dns = {
  right: '203.0.113.53',
  wrong: '203.0.113.54',
  unknowing: '203.0.113.55',
  /** Right, and tells of a proxy by the name wpad. */
  telling: '203.0.113.56',
  nobody: '203.0.113.99',
};
export const ports = { inspecting: 8443, portal: 8080 };

/** Proxies (proxyServer.ts), and what they want. */
export const proxy = { address: '203.0.113.20', secret: 'device:s3cret' };

/** How a customer's network is broken. Words of commands are parted by spaces. */
export type Fault = {
  /** In place of the usual address and gateway: `ip` in the device's namespace, `N` standing for the site's number. */
  readonly ip?: readonly string[];
  /** A second network port, joined to nobody who answers. */
  readonly aux?: true;
  /** DNS servers; the right one if left out. */
  readonly dns?: readonly string[];
  /** Rules for what comes from the device: nftables, by hook. */
  readonly input?: string;
  readonly output?: string;
  readonly redirect?: string;
  /** What to run at the other end of the device's cable, `ip` in the namespace outside. */
  readonly outside?: readonly string[];
  /** Lines of a lease that systemd-networkd keeps for `aux`. */
  readonly lease?: string;
  /** The environment of the test, as for a clock that is wrong. */
  readonly env?: NodeJS.ProcessEnv;
  /** config.yaml of the device. */
  readonly config?: string;
  /** A device that the relay has removed. */
  readonly removed?: true;
  /** Options of `sallyport-device test` besides. */
  readonly options?: readonly string[];
};

export type Site = {
  /** Runs `sallyport-device test --json` on the device. */
  test(): Promise<Finished>;
};

export type Sites = {
  readonly of: (fault: string) => Site;
  end(): Promise<void>;
};

export async function makeSites(faults: { readonly [name: string]: Fault }): Promise<Sites> {
  removeLeftovers();
  const folder = runFolder();
  const namespaces: Namespace[] = [];
  const services: Service[] = [];
  const make = (role: string, names: Record<string, string>): Namespace => {
    const made = makeNamespace(role, { folder, names });
    namespaces.push(made);
    return made;
  };
  const end = async (): Promise<void> => {
    for (const service of services.toReversed()) await service.end('SIGKILL');
    for (const namespace of namespaces) endNamespace(namespace);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const outside = make('c-outside', { [relayName]: relayAddress });
    for (const address of [relayAddress, dns.right, dns.wrong, dns.unknowing, dns.telling, proxy.address]) {
      outside.ip(`addr add ${address}/32 dev lo`);
    }
    // Whatever is nowhere is swallowed.
    outside.ip('route add blackhole default');
    outside.set('net/ipv4/ip_forward', 1);
    // Where a rule asks for the state of a connection, one on which nothing was said for five seconds is forgotten.
    outside.set('net/netfilter/nf_conntrack_tcp_loose', 0);
    outside.set('net/netfilter/nf_conntrack_tcp_timeout_established', 5);
    const within = (command: string, args: string[]): [string, string[]] => {
      const entered = outside.enter(command, args);
      return [entered.command, entered.args];
    };
    const start = (command: string, args: string[]): Service => {
      const service = startService(...within(command, args));
      services.push(service);
      return service;
    };
    const at = (command: string, args: string[]): Promise<string> => mustRun(...within(command, args));

    const data = {
      relay: join(folder, 'relay'),
      device: join(folder, 'device'),
      removed: join(folder, 'removed'),
    };
    const listen = [443, 22].map((port) => `${relayAddress}:${port}`).join(',');
    await at(programs.relay, ['init', '--data', data.relay, '--name', relayName, '--listen', listen]);
    await start(programs.relay, ['serve', '--data', data.relay]).line(/^ready/);
    const here = { relay: at, device: at };
    await Promise.all([
      enrolDevice(data.relay, data.device, here),
      enrolDevice(data.relay, data.removed, here),
    ]);
    const { id } = JSON.parse(readFileSync(join(data.removed, 'identity.json'), 'utf8')) as { id: string };
    await at(programs.relay, ['device', 'remove', id, '--data', data.relay]);

    await start(process.execPath, [
      join(repository, 'tests/connection/parts/dnsServer.ts'),
      `${dns.right}=${relayAddress},2001:db8:ffff::10`,
      `${dns.wrong}=10.9.9.9`,
      `${dns.unknowing}=unknown`,
      `${dns.telling}=${relayAddress},wpad:${proxy.address}`,
    ]).line(/^ready/);
    await start(process.execPath, [
      join(repository, 'tests/connection/parts/proxyServer.ts'),
      proxy.address,
      proxy.secret,
    ]).line(/^ready/);
    openProxies(folder, start);

    const sites = new Map<string, Site>();
    const rules = { input: '', output: '', redirect: '' };
    for (const [index, [name, fault]] of Object.entries(faults).entries()) {
      const number = index + 1;
      const device = make(`c-${number}`, {});
      sites.set(name, makeSite({ fault, number, device, outside, folder, data }));
      // At the other end of a second network port is somebody who answers to ARP, and no more.
      if (fault.aux) rules.input += `iifname "g${number}" meta l4proto { tcp, udp } drop\n`;
      for (const hook of ['input', 'output', 'redirect'] as const) {
        const rule = fault[hook];
        if (rule) rules[hook] += `${hook === 'output' ? 'oifname' : 'iifname'} "f${number}" ${rule}\n`;
      }
    }
    outside.nft(`table inet outside {
      chain before { type nat hook prerouting priority -100; ${rules.redirect} }
      chain within { type filter hook input priority 0; ${rules.input} }
      chain through { type filter hook forward priority 0; drop; }
      chain out { type filter hook output priority 0; ${rules.output} }
    }`);
    return {
      of: (fault) => {
        const site = sites.get(fault);
        if (!site) throw new Error(`no such fault: ${fault}`);
        return site;
      },
      end,
    };
  } catch (error) {
    const said = services.map((service) => service.said()).join('\n');
    await end();
    throw new Error(`the networks of the faults could not be set up; their programs said:\n${said}`, {
      cause: error,
    });
  }
}

/** A firewall that opens TLS, and a portal for guests: what a site's rule leads to. */
function openProxies(folder: string, start: (command: string, args: string[]) => Service): void {
  const [key, certificate, answer] = ['proxy.key', 'proxy.crt', 'redirect'].map((name) => join(folder, name));
  must('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30'],
    ...['-subj', '/O=Example Firewall/CN=inspection.example', '-keyout', `${key}`, '-out', `${certificate}`],
  ]);
  const files = `cert=${certificate},key=${key},verify=0`;
  start('socat', [`OPENSSL-LISTEN:${ports.inspecting},fork,reuseaddr,${files}`, 'SYSTEM:cat >/dev/null']);
  const location = 'Location: http://portal.hotel.example/login';
  writeFileSync(`${answer}`, `HTTP/1.1 302 Found\r\n${location}\r\nContent-Length: 0\r\n\r\n`);
  start('socat', [`TCP-LISTEN:${ports.portal},fork,reuseaddr`, `SYSTEM:cat '${answer}'`]);
}

type Making = {
  readonly fault: Fault;
  readonly number: number;
  readonly device: Namespace;
  readonly outside: Namespace;
  readonly folder: string;
  readonly data: { readonly device: string; readonly removed: string };
};

function makeSite({ fault, number, device, outside, folder, data }: Making): Site {
  const words = (line: string): string => line.replaceAll('N', String(number));
  joinNamespaces(outside, device, { a: `f${number}`, b: 'out' });
  outside.ip(words('addr add 198.18.N.1/24 dev fN'));
  outside.ip(words('addr add 2001:db8:N::1/64 dev fN nodad'));
  if (fault.aux) {
    joinNamespaces(outside, device, { a: `g${number}`, b: 'aux' });
    device.ip(words('addr add 198.19.N.10/24 dev aux'));
  }
  for (const line of fault.ip ?? ['addr add 198.18.N.10/24 dev out', 'route add default via 198.18.N.1']) {
    device.ip(words(line));
  }
  for (const line of fault.outside ?? []) outside.ip(words(line));
  const servers = fault.dns ?? [dns.right];
  const resolver = servers.map((server) => `nameserver ${server}\n`).join('');
  writeFileSync(join(folder, `etc-c-${number}`, 'resolv.conf'), `${resolver}options timeout:1 attempts:1\n`);
  const own = join(folder, `device-${number}`);
  cpSync(fault.removed ? data.removed : data.device, own, { recursive: true });
  chmodSync(own, 0o700);
  if (fault.config) writeFileSync(join(own, 'config.yaml'), fault.config, { mode: 0o600 });
  return {
    test: () => {
      const test = ['test', '--data', own, '--json', ...(fault.options ?? [])];
      // Which interfaces there are is told by a /sys of its own, and leases lie where systemd-networkd keeps them.
      const script =
        'mount -t sysfs sysfs /sys && mount -t tmpfs tmpfs /run && mkdir -p /run/systemd/netif/leases && ' +
        'printf "$LEASE" >/run/systemd/netif/leases/$(cat /sys/class/net/aux/ifindex) && exec "$@"';
      const { command, args } =
        fault.lease === undefined
          ? device.enter(programs.device, test)
          : device.enter('sh', ['-c', script, 'sh', programs.device, ...test]);
      const env = { ...fault.env, ...(fault.lease === undefined ? {} : { LEASE: words(fault.lease) }) };
      return runCommand(command, args, { env });
    },
  };
}
