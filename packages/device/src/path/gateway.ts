import { readFileSync } from 'node:fs';
import { gatewaysOfProc, neighboursOfProc } from '../network/index.ts';
import type { GatewayAnswer } from './legs.ts';

/**
 * What the kernel knows of the default gateway that is used first (IPv4). It asks for its hardware address when there is
 * something to send, and again when it has not heard from it: what does not answer is marked so within seconds.
 */
export function lookAtGateway(read: (file: string) => string | undefined = readSmall): GatewayAnswer {
  const routes = read('/proc/net/route');
  const neighbours = read('/proc/net/arp');
  if (routes === undefined || neighbours === undefined) return undefined;
  const [first] = gatewaysOfProc(routes);
  if (!first) return 'none';
  // A tunnel or a telephone line: there is no neighbour to ask.
  if (first.address === '') return undefined;
  const found = neighboursOfProc(neighbours).find(
    ({ address, interface: name }) => address === first.address && name === first.interface,
  );
  return found && (found.answered ? 'answers' : 'silent');
}

/** Files of /proc: made when they are read, and short. */
function readSmall(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').slice(0, 256 * 1024);
  } catch {
    return undefined;
  }
}
