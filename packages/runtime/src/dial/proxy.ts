import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { isIP, type Socket } from 'node:net';
import { fail, SallyportError } from '@sallyport/protocol/errors';

/** A proxy on the way to the relay. */
export type SiteProxy = {
  readonly kind: 'http' | 'socks5';
  readonly host: string;
  readonly port: number;
  readonly name?: string | undefined;
  readonly password?: string | undefined;
};

const usualPorts = { http: 3128, socks5: 1080 } as const;

/**
 * `http://HOST:PORT` or `socks5://HOST:PORT`, with `NAME:PASSWORD@` before the host where the proxy wants them; in them,
 * what has a meaning in a URL is written as `%40`.
 *
 * @returns undefined for what is no such address
 */
export function parseProxy(text: string): SiteProxy | undefined {
  // To the parser of URLs, 80 is no port where the scheme is http.
  const match =
    /^(http|socks5):\/\/(?:([^:@/]*)(?::([^@/]*))?@)?(\[[0-9a-fA-F:.]+\]|[^:@/[\]]+)(?::(\d{1,5}))?\/?$/.exec(
      text,
    );
  if (!match) return undefined;
  const [, kind = '', name, password, host = '', digits] = match;
  const port = digits === undefined ? usualPorts[kind as SiteProxy['kind']] : Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  try {
    return {
      kind: kind as SiteProxy['kind'],
      host: host.replace(/^\[|\]$/g, ''),
      port,
      ...(name ? { name: decodeURIComponent(name), password: decodeURIComponent(password ?? '') } : {}),
    };
  } catch {
    return undefined;
  }
}

/** How people call it: without its password. */
export const proxyName = ({ host, port }: SiteProxy): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`;

/**
 * Has a proxy, to which `socket` is connected, connect to the relay. From then on the socket is as one to the relay.
 *
 * @throws proxy-password if it wants another name and password, proxy-refused, proxy-failed; whatever `net` throws
 */
export async function throughProxy(
  socket: Socket,
  proxy: SiteProxy,
  target: { readonly host: string; readonly port: number },
): Promise<void> {
  const gone = new AbortController();
  const close = (): void => gone.abort();
  socket.once('close', close);
  try {
    if (proxy.kind === 'http') await connectByHttp(socket, proxy, target, gone.signal);
    else await connectBySocks(socket, proxy, target, gone.signal);
  } catch (error) {
    if (error instanceof SallyportError) throw error;
    throw failed(proxy, 'it closed the connection, or says something else', error);
  } finally {
    socket.off('close', close);
  }
}

const failed = (proxy: SiteProxy, reason: string, cause?: unknown): SallyportError =>
  fail('proxy-failed', { details: { proxy: proxyName(proxy), reason }, cause, leg: 'to-relay' });
const refused = (proxy: SiteProxy, port: number, reason: string): SallyportError =>
  fail('proxy-refused', { details: { proxy: proxyName(proxy), port, reason }, leg: 'to-relay' });
const wrongPassword = (proxy: SiteProxy): SallyportError =>
  fail('proxy-password', { details: { proxy: proxyName(proxy) }, leg: 'to-relay' });

/** CONNECT (RFC 9110, section 9.3.6), with a name and password where there are some (RFC 7617). */
async function connectByHttp(
  socket: Socket,
  proxy: SiteProxy,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const authority = `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
  const credentials = Buffer.from(`${proxy.name ?? ''}:${proxy.password ?? ''}`).toString('base64');
  const asked = request({
    createConnection: () => socket,
    method: 'CONNECT',
    path: authority,
    headers: {
      host: authority,
      ...(proxy.name === undefined ? {} : { 'proxy-authorization': `Basic ${credentials}` }),
    },
    maxHeaderSize: 16 * 1024,
  });
  asked.on('error', () => {});
  asked.end();
  const [answer, , head] = (await once(asked, 'connect', { signal })) as [IncomingMessage, Socket, Buffer];
  const status = answer.statusCode ?? 0;
  if (status === 407) throw wrongPassword(proxy);
  if (status < 200 || status > 299) throw refused(proxy, port, `HTTP status ${status}`);
  if (head.length > 0) socket.unshift(head);
}

const socksErrors: { readonly [code: number]: string } = {
  2: 'its rules do not allow it',
  3: 'it does not reach the network',
  4: 'it does not reach the relay',
  5: 'the relay refused',
};

/**
 * CONNECT (RFC 1928), with a name and password where there are some (RFC 1929):
 *
 *   5 ▸ count of methods ▸ methods             ◀ 5 ▸ method
 *   1 ▸ length ▸ name ▸ length ▸ password      ◀ 1 ▸ 0 if it is right
 *   5 ▸ 1 ▸ 0 ▸ 3 ▸ length ▸ host ▸ port       ◀ 5 ▸ 0 if it is done ▸ 0 ▸ kind ▸ address ▸ port
 */
async function connectBySocks(
  socket: Socket,
  proxy: SiteProxy,
  { host, port }: { readonly host: string; readonly port: number },
  signal: AbortSignal,
): Promise<void> {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value).subarray(0, 255);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  const known = proxy.name !== undefined;
  socket.write(Buffer.from(known ? [5, 2, 0, 2] : [5, 1, 0]));
  const [version, method] = await take(socket, 2, signal);
  if (version !== 5) throw failed(proxy, 'it does not speak SOCKS 5');
  if (method === 2 && known) {
    socket.write(Buffer.concat([Buffer.from([1]), text(proxy.name ?? ''), text(proxy.password ?? '')]));
    const [, outcome] = await take(socket, 2, signal);
    if (outcome !== 0) throw wrongPassword(proxy);
  } else if (method !== 0) throw wrongPassword(proxy);
  socket.write(Buffer.concat([Buffer.from([5, 1, 0, 3]), text(host), Buffer.from([port >> 8, port & 255])]));
  const [, outcome = 1, , kind] = await take(socket, 4, signal);
  if (outcome !== 0) throw refused(proxy, port, socksErrors[outcome] ?? `SOCKS error ${outcome}`);
  const length = kind === 3 ? ((await take(socket, 1, signal))[0] ?? 0) : kind === 4 ? 16 : 4;
  await take(socket, length + 2, signal);
}

/** So many bytes; the rest stays in the socket. @throws what the signal gives when the socket is gone */
function take(socket: Socket, length: number, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    // One listener for all of it: a new one is called at once while there is anything, however little.
    const look = (): void => {
      const bytes = socket.read(length) as Buffer | null;
      if (bytes !== null) settle(() => resolve(bytes));
    };
    const onAbort = (): void => settle(() => reject(signal.reason));
    const settle = (act: () => void): void => {
      socket.off('readable', look);
      signal.removeEventListener('abort', onAbort);
      act();
    };
    signal.addEventListener('abort', onAbort);
    socket.on('readable', look);
    if (signal.aborted) onAbort();
    else look();
  });
}
