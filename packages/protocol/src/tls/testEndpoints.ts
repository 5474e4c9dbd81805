import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { SallyportError } from '../errors/index.ts';
import { fakeClock } from '../testing/index.ts';
import { type TestAuthority, testAuthority } from '../zoo/index.ts';
import { createTlsAcceptor, type TlsAcceptor, type TlsAcceptorOptions, type TlsIdentity } from './index.ts';

/** What the tests of this folder share: an authority, one identity of each role, and real sockets. */
export const now = Date.UTC(2027, 0, 1);
export const home: TestAuthority = await testAuthority(now);
export const other: TestAuthority = await testAuthority(now);
export const relay = await home.issue('relay', 'localhost');
export const device = await home.issue('device', 'd123456789');
export const representative = await home.issue('representative', 'erin@maker.example');

/** Never moved: what a test waits for has to come without a deadline. */
export const clock = fakeClock(now);
export const trust = { authority: home.authority, now: () => now, clock };

export const acceptor = (
  identity: TlsIdentity,
  options: Pick<TlsAcceptorOptions, 'roles' | 'certificate'> & Partial<TlsAcceptorOptions>,
): TlsAcceptor => createTlsAcceptor({ ...trust, identity: () => identity, ...options });

/** Two ends of a TCP connection on loopback. */
export async function socketPair(): Promise<{ client: Socket; server: Socket }> {
  const listener = createServer({ allowHalfOpen: false }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const client = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const [[server]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  listener.close();
  for (const socket of [client, server]) socket.on('error', () => {});
  return { client, server };
}

/** How an attempt ended, in one word: `secure`, the broken rule of `peer-untrusted`, or the code. */
export async function outcome(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
    return 'secure';
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return error.code === 'peer-untrusted' ? String(error.details['check']) : error.code;
  }
}
