import { createSocket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Clock } from '@sallyport/protocol/environment';
import { printable } from '@sallyport/protocol/text';
import type { Gateway } from '../network/index.ts';

/** The service that takes everything and says nothing (RFC 863). */
const discardPort = 9;
const portalMs = 1_500;
const answerCap = 4_096;

/** Sends one byte to each gateway, so that the kernel has to find out whether it is there. Never throws. */
export function callGateways(gateways: readonly Gateway[]): void {
  for (const { address, family, interface: name } of gateways) {
    if (address === '') continue;
    const socket = createSocket(family === 4 ? 'udp4' : 'udp6');
    socket.on('error', () => {});
    const to = address.startsWith('fe80:') ? `${address}%${name}` : address;
    socket.send('\n', discardPort, to, () => {
      // A socket that failed is closed already.
      try {
        socket.close();
      } catch {}
    });
  }
}

/**
 * Asks at the relay's address, where a relay never answers, for a web page. Whoever answers for everybody sends guests
 * to its own page (RFC 6585, section 6, and what is usual).
 *
 * @returns where it sends them; empty if it only says that it would; null if it is no portal
 */
export async function findPortal(
  address: string,
  host: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | null> {
  const deadline = new AbortController();
  const timer = clock.after(portalMs, () => deadline.abort());
  const both = AbortSignal.any([signal, deadline.signal]);
  const socket = connect({ host: address, port: 80 });
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal: both });
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    let head = '';
    while (!head.includes('\r\n\r\n') && head.length < answerCap) {
      const [chunk] = (await once(socket, 'data', { signal: both })) as [Buffer];
      head += chunk.toString('latin1');
    }
    return portalIn(head.slice(0, answerCap));
  } catch {
    return null;
  } finally {
    timer.cancel();
    socket.destroy();
  }
}

/** What the head of an answer says of a portal. */
export function portalIn(head: string): string | null {
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1]);
  const location = /^location:[ \t]*(\S+)/im.exec(head)?.[1];
  if ([301, 302, 303, 307, 308].includes(status) && location) return printable(location, 200);
  return status === 511 ? '' : null;
}

/**
 * Whether this network tells of a proxy by the name `wpad`, as many do that have one. A DNS server that answers the same
 * for every name tells nothing.
 *
 * @returns its address
 */
export async function findWpad(relay: readonly string[], clock: Clock): Promise<string | null> {
  return new Promise((resolve) => {
    const timer = clock.after(portalMs, () => resolve(null));
    lookup('wpad').then(
      ({ address }) => {
        timer.cancel();
        resolve(relay.includes(address) ? null : address);
      },
      () => {
        timer.cancel();
        resolve(null);
      },
    );
  });
}
