import { isIP } from 'node:net';
import type { ListenerAddress } from '../channels/index.ts';
import { fail } from '../errors/index.ts';

/** `HOST:PORT` to listen on: an IP address of this machine, `localhost`, or `0.0.0.0` or `[::]` for all of them. @throws web-address-malformed */
export function parseWebAddress(text: string): ListenerAddress {
  const match = /^(?:\[([0-9a-fA-F:.]{2,45})\]|([\d.]{7,15}|localhost)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535 || (host !== 'localhost' && isIP(host) === 0)) {
    throw fail('web-address-malformed', { details: { address: text.slice(0, 100) } });
  }
  return { address: host === 'localhost' ? '127.0.0.1' : host, port };
}

/** Whether only this device itself can reach a listener there: elsewhere there is TLS. */
export const isLoopback = ({ address }: ListenerAddress): boolean =>
  address === '::1' || (isIP(address) === 4 && address.startsWith('127.'));

export const formatAddress = ({ address, port }: ListenerAddress): string =>
  `${address.includes(':') ? `[${address}]` : address}:${port}`;
