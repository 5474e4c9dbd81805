import type { LookupAddress } from 'node:dns';
import { connect, type LookupFunction, type Socket, type TcpNetConnectOpts } from 'node:net';
import type { Clock, Timer } from '@sallyport/protocol/environment';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { isFinal, portFailure, worstFailure } from './failure.ts';
import { proxyName, type SiteProxy, throughProxy } from './proxy.ts';
import { type Lookup, resolveRelay } from './resolve.ts';
import { type Source, socketsFrom } from './source.ts';

export type DialOptions<T> = {
  readonly host: string;
  /** In the order in which they are tried, each once; the one that worked last first (`inOrder`). */
  readonly ports: readonly number[];
  /** For all of it, in milliseconds. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly lookup?: Lookup | undefined;
  /** What to go through; it looks the relay's name up itself. */
  readonly proxy?: SiteProxy | undefined;
  /** The own addresses to connect from. */
  readonly source?: Source | undefined;
  /** Makes an unconnected socket connect; for tests. */
  readonly open?: (options: TcpNetConnectOpts) => Socket;
  /**
   * What a connection has to get through to count: the TLS handshake, and what else proves that the relay is there.
   * When it throws, the socket is destroyed and another port may win; when another port wins, its socket is destroyed.
   */
  readonly through: (socket: Socket, port: number) => Promise<T>;
};

/** How long the next port waits for the one before it. */
export const staggerMs = 1_000;

/**
 * Connects to the relay on the first of its ports that lets us through: the next port is tried a second after the one
 * before, or at once when one fails; all are kept until one is through (design, section 9). A firewall that swallows
 * packets costs a second, and a middlebox that answers in the relay's place is only passed over.
 *
 * @throws proxy-unreachable, proxy-failed, proxy-password, proxy-refused; relay-name-unresolved, relay-no-route, relay-refused, relay-no-answer, relay-not-ours, relay-cut: what says
 * most; what `through` was answered by the true relay (`identity-revoked`); or the signal's reason
 */
export function dialRelay<T>(options: DialOptions<T>): Promise<{ value: T; port: number }> {
  const { host, clock, signal, proxy } = options;
  const ports = [...new Set(options.ports)];
  const open = options.open ?? connect;

  return new Promise((resolve, reject) => {
    const sockets = new Map<number, Socket>();
    const failures = new Map<number, SallyportError>();
    let addresses: readonly LookupAddress[] | undefined;
    let next = 0;
    let over = false;
    let stagger: Timer | undefined;

    const finish = (winner: number | undefined, act: () => void): void => {
      if (over) return;
      over = true;
      stagger?.cancel();
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
      for (const [port, socket] of sockets) if (port !== winner) socket.destroy();
      act();
    };
    const onAbort = (): void => finish(undefined, () => reject(signal?.reason));

    const startNext = (): void => {
      stagger?.cancel();
      const port = ports[next];
      if (over || port === undefined || !addresses) return;
      next += 1;
      if (next < ports.length) stagger = clock.after(staggerMs, startNext);
      attempt(port, addresses);
    };
    const attempt = (port: number, to: readonly LookupAddress[]): void => {
      const socket = open(
        socketOptions(proxy?.host ?? host, proxy?.port ?? port, socketsFrom(options.source, to)),
      );
      sockets.set(port, socket);
      let settled = false;
      let proxied = false;
      const failed = (error: unknown): void => {
        if (settled) return;
        settled = true;
        socket.destroy();
        sockets.delete(port);
        const told = proxy && !proxied ? unreachable(proxy, error) : error;
        failures.set(port, portFailure(host, port, told));
        if (isFinal(told)) finish(undefined, () => reject(told));
        else if (failures.size === ports.length)
          finish(undefined, () => reject(worstFailure(host, failures)));
        else startNext();
      };
      socket.on('error', failed);
      socket.on('close', () => failed(undefined));
      const arrive = async (): Promise<T> => {
        proxied = true;
        if (proxy) await throughProxy(socket, proxy, { host, port });
        return options.through(socket, port);
      };
      socket.once('connect', () => {
        arrive().then((value) => {
          if (settled) return;
          settled = true;
          finish(port, () => resolve({ value, port }));
        }, failed);
      });
    };

    const deadline = clock.after(options.timeoutMs, () =>
      finish(undefined, () => {
        if (!addresses) return reject(fail('relay-name-unresolved', { details: { host }, leg: 'to-relay' }));
        for (const port of sockets.keys()) failures.set(port, silence(host, port));
        return reject(worstFailure(host, failures));
      }),
    );
    signal?.addEventListener('abort', onAbort);
    if (signal?.aborted) onAbort();
    resolveRelay(proxy?.host ?? host, options.lookup).then(
      (found) => {
        addresses = found;
        if (socketsFrom(options.source, found).addresses.length === 0) {
          const error = fail('relay-no-route', { details: { host }, leg: 'to-relay' });
          return finish(undefined, () => reject(proxy ? unreachable(proxy, error) : error));
        }
        startNext();
      },
      (error: unknown) => finish(undefined, () => reject(proxy ? unreachable(proxy, error) : error)),
    );
  });
}

const unreachable = (proxy: SiteProxy, cause: unknown): SallyportError =>
  fail('proxy-unreachable', { details: { proxy: proxyName(proxy) }, cause, leg: 'to-relay' });

const silence = (host: string, port: number): SallyportError =>
  fail('relay-no-answer', { details: { host, ports: port }, leg: 'to-relay' });

function socketOptions(
  host: string,
  port: number,
  { addresses, localAddress }: ReturnType<typeof socketsFrom>,
): TcpNetConnectOpts {
  const [first] = addresses;
  const lookup: LookupFunction = (_name, { all }, done) => {
    if (all) done(null, [...addresses]);
    else done(null, first?.address ?? '', first?.family);
  };
  return {
    host,
    port,
    lookup,
    noDelay: true,
    keepAlive: true,
    autoSelectFamily: addresses.length > 1,
    ...(localAddress === undefined ? {} : { localAddress }),
  };
}
