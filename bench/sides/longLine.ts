/**
 * A network of the bench's own, in namespaces: a long line between the device and everybody else.
 *
 *   device ═══ wire (delay, rate) ═══ relay ── cable ── representative
 *
 * Addresses are those that RFC 2544 and RFC 5737 keep for tests and documentation.
 */
import { join } from 'node:path';
import { type Service, startService } from '../../scripts/stage/program.ts';
import {
  endNamespace,
  joinNamespaces,
  makeNamespace,
  type Namespace,
  removeLeftovers,
} from '../../tests/faults/parts/namespace.ts';
import { must } from '../../tests/faults/parts/system.ts';
import type { Place, Places } from './place.ts';
import { parts } from './service.ts';

export type Line = {
  /** There and back. */
  readonly roundTripMs: number;
  /** Bits a second each way; as fast as this machine without. */
  readonly rate?: number;
};

export type LongLine = { readonly places: Places; end(): Promise<void> };

const relayName = 'relay.maker.example';
const relayAddress = '203.0.113.10';
export const deviceAddress = '192.0.2.2';
/** What a router of the line keeps for later: as much as fits on the line, as is usual. At least this. */
const leastQueueBytes = 256 * 1024;

/**
 * What the kernel keeps of a TCP connection to send it again. Its own most, 4 MiB, ends every connection at 2.2 MB a round trip,
 * whoever's it is; here it is no limit to anybody, as docs/operating.md says for relays.
 */
const tcpBytes = 32 * 1024 * 1024;

let lines = 0;

export async function openLongLine(folder: string, { roundTripMs, rate = 0 }: Line): Promise<LongLine> {
  removeLeftovers();
  lines += 1;
  const names = { [relayName]: relayAddress };
  const make = (role: string): Namespace => makeNamespace(`bench${lines}-${role}`, { folder, names });
  const [relay, device, representative] = [make('relay'), make('device'), make('representative')];
  for (const one of [relay, device, representative]) {
    one.set('net/ipv4/tcp_wmem', `'4096 16384 ${tcpBytes}'`);
    one.set('net/ipv4/tcp_rmem', `'4096 131072 ${tcpBytes}'`);
  }
  relay.set('net/ipv4/ip_forward', 1);
  joinNamespaces(relay, representative, { a: 'people', b: 'out' });
  relay.ip(`addr add ${relayAddress}/32 dev lo`);
  relay.ip('addr add 198.51.100.1/24 dev people');
  representative.ip('addr add 198.51.100.10/24 dev out');
  representative.ip('route add default via 198.51.100.1');
  const queueBytes = Math.max(leastQueueBytes, ((rate / 8) * roundTripMs) / 1_000);
  const made = [`sb${process.pid}-${lines}a`, `sb${process.pid}-${lines}b`] as const;
  const quality = [roundTripMs / 2, rate, queueBytes].map(String);
  const wire: Service = startService('python3', [join(parts, 'wire.py'), ...made, ...quality]);
  const end = async (): Promise<void> => {
    await wire.end('SIGKILL');
    for (const one of [relay, device, representative]) endNamespace(one);
  };
  try {
    await wire.line(/^ready/);
    const attach = (name: string, namespace: Namespace, address: string): void => {
      must('ip', ['link', 'set', name, 'netns', namespace.name, 'name', 'wire']);
      namespace.ip(`addr add ${address}/30 dev wire`);
      // Packets as on an Ethernet where the rate is that of one; large ones where it is only the delay that matters.
      namespace.ip(`link set wire mtu ${rate > 0 ? 1_500 : 9_000} txqueuelen 10000 up`);
    };
    attach(made[0], relay, '192.0.2.1');
    attach(made[1], device, deviceAddress);
    device.ip('route add default via 192.0.2.1');
  } catch (error) {
    await end();
    throw error;
  }
  const place = (namespace: Namespace): Place => ({
    enter: (command, args) => {
      const entered = namespace.enter(command, args);
      return [entered.command, entered.args];
    },
  });
  return {
    places: {
      relay: { ...place(relay), address: relayAddress, name: relayName },
      device: place(device),
      representative: place(representative),
    },
    end,
  };
}
