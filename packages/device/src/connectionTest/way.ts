import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import { isNodeOf, untrusted } from '@sallyport/protocol/identity';
import { connectTls } from '@sallyport/protocol/tls';
import { portFailure, proxyName, type SiteProxy, type Source, throughProxy } from '@sallyport/runtime/dial';
import { request } from '@sallyport/runtime/http';
import { z } from 'zod';
import { problemOf } from '../agent/status.ts';
import type { DeviceIdentity } from '../identity/index.ts';
import { openLink } from '../tunnel/index.ts';
import type { Step, Way } from './view.ts';

/** How long each step may take, in milliseconds: all of them and the look at small packets end within ten seconds. */
const stepMs = { tcp: 4_500, tls: 3_500, health: 3_000, websocket: 2_000, small: 1_200 } as const;
const healthSchema = z.object({ ok: z.boolean(), now: z.number(), draining: z.boolean().default(false) });

export type TryOptions = {
  readonly identity: DeviceIdentity;
  readonly clock: Clock;
  /** By what to judge the relay's certificate; null leaves its dates out. */
  readonly now: () => number | null;
  /** Where they are left out: a certificate that had run out by then is refused all the same. */
  readonly atLeast: number;
  /** What the device is set to go through. */
  readonly proxy: SiteProxy | undefined;
  /** What it is set to go out from. @throws source-interface-unusable */
  readonly source: () => Source | undefined;
  readonly signal: AbortSignal;
};
export type Place = Pick<Way, 'port' | 'family' | 'address' | 'proxy'>;

/**
 * Goes one way to the relay as far as it leads, and tells each step: TCP, TLS with our relay, its health. Never throws
 * but the signal's reason.
 *
 * @param tell.step what came of a step
 * @param tell.time how far this device's clock is ahead of the relay's
 */
export async function tryWay(
  place: Place,
  options: TryOptions,
  tell: {
    readonly step: (step: Step) => void;
    readonly smallPasses: (passes: boolean) => void;
    readonly time: (aheadMs: number) => void;
  },
): Promise<void> {
  const { clock, identity } = options;
  const tcp = await step('tcp', place, options, tell.step, (signal) => openTcp(place, options, signal));
  if (!tcp) return;
  let stalled = false;
  const tls = await step('tls', place, options, tell.step, async (signal) => {
    try {
      return await openTls(place, tcp, options, signal);
    } catch (error) {
      stalled = error === signal.reason && !options.signal.aborted;
      throw error;
    }
  });
  if (stalled) tell.smallPasses(await smallPasses(place, options));
  if (!tls) return;
  await step('health', place, options, tell.step, async (signal) => {
    const health = await request(tls, {
      path: '/v1/health',
      host: identity.host,
      answer: healthSchema,
      capBytes: 16 * 1024,
      timeoutMs: stepMs.health,
      clock,
      signal,
    });
    tell.time(Math.round(clock.wallMs() - health.now));
    if (health.draining) throw fail('relay-draining', { leg: 'relay' });
    return health;
  });
}

/**
 * Whether the relay makes a WebSocket for a tunnel of this device: it is made, and closed before anything is said in it,
 * so that a tunnel that stands does not notice.
 */
export async function tryWebSocket(
  place: Place,
  options: TryOptions,
  tell: (step: Step) => void,
): Promise<boolean> {
  const made = await step('websocket', place, options, tell, async (signal) => {
    const socket = await openTls(place, await openTcp(place, options, signal), options, signal);
    const link = await openLink({
      socket,
      host: options.identity.host,
      clock: options.clock,
      signal,
      listener: { message: () => {}, ended: () => {} },
    });
    link.close();
    return true;
  });
  return made === true;
}

/** A verified TLS connection by one way. @throws what keeps it from being made, or the signal's reason */
export async function openWay(place: Place, options: TryOptions): Promise<TLSSocket> {
  const { signal } = options;
  return openTls(place, await openTcp(place, options, signal), options, signal);
}

/** One step with its deadline. @returns what it made; undefined if it failed. @throws the signal's reason */
async function step<T>(
  name: Step['step'],
  { port }: Place,
  options: TryOptions,
  tell: (step: Step) => void,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const { clock, identity, signal } = options;
  const begin = clock.monotonicMs();
  const deadline = new AbortController();
  const late = fail('timed-out', { details: { seconds: stepMs[name] / 1_000 }, leg: 'to-relay' });
  const timer = clock.after(stepMs[name], () => deadline.abort(late));
  const ms = (): number => Math.round(clock.monotonicMs() - begin);
  try {
    const made = await run(AbortSignal.any([signal, deadline.signal]));
    tell({ step: name, ok: true, ms: ms(), problem: null });
    return made;
  } catch (error) {
    signal.throwIfAborted();
    tell({ step: name, ok: false, ms: ms(), problem: problemOf(portFailure(identity.host, port, error)) });
    return undefined;
  } finally {
    timer.cancel();
  }
}

/** A connection to the relay, through the proxy if the way says so. @throws what `net` throws, or the signal's reason */
async function openTcp(
  { address, family, port, proxy: byProxy }: Place,
  { proxy, source, identity }: TryOptions,
  signal: AbortSignal,
): Promise<Socket> {
  const via = byProxy ? proxy : undefined;
  const socket = connect({
    ...(via ? { host: via.host, port: via.port } : { host: address, port, family }),
    ...bindTo(source(), via ? undefined : family),
    noDelay: true,
  });
  socket.on('error', () => {});
  const destroy = (): void => void socket.destroy();
  signal.addEventListener('abort', destroy);
  try {
    await once(socket, 'connect', { signal });
  } catch (error) {
    socket.destroy();
    if (signal.aborted && !via) throw signal.reason;
    if (!via) throw error;
    throw fail('proxy-unreachable', { details: { proxy: proxyName(via) }, cause: error, leg: 'to-relay' });
  }
  try {
    if (via) await throughProxy(socket, via, { host: identity.host, port });
    return socket;
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  } finally {
    signal.removeEventListener('abort', destroy);
  }
}

/** What a socket is bound to. @param family that of the target, where it is known. @throws as `net` does without a route */
function bindTo(
  source: Source | undefined,
  family: 4 | 6 | undefined,
): { readonly localAddress?: string; readonly family?: 4 | 6 } {
  if (!source) return {};
  const wanted = family ?? (source.four === undefined ? 6 : 4);
  const localAddress = wanted === 6 ? source.six : source.four;
  if (localAddress === undefined)
    throw Object.assign(new Error(`no IPv${wanted} address`), { code: 'ENETUNREACH' });
  return { localAddress, family: wanted };
}

/**
 * A verified TLS connection. Where the relay's certificate is refused for nothing but its dates, they are left out, as
 * the tunnel does: it may be this device's clock that is wrong (design, section 3, the clock rule).
 */
async function openTls(
  place: Place,
  first: Socket,
  options: TryOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  try {
    return await secure(first, options, options.now, signal);
  } catch (error) {
    if (!isForDates(error)) throw error;
    return secure(await openTcp(place, options, signal), options, () => null, signal);
  }
}

const isForDates = (error: unknown): boolean =>
  error instanceof SallyportError && ['expired', 'not-yet-valid'].includes(String(error.details['check']));

async function secure(
  tcp: Socket,
  { identity, clock, atLeast }: TryOptions,
  now: () => number | null,
  signal: AbortSignal,
): Promise<TLSSocket> {
  const { socket, peer } = await connectTls(tcp, {
    identity: identity.tls,
    authority: identity.authority,
    role: 'relay',
    id: (id) => isNodeOf(id, identity.host),
    servername: identity.host,
    now,
    clock,
    signal,
  });
  if (peer.notAfter >= Math.max(atLeast, identity.notBefore)) return socket;
  socket.destroy();
  throw untrusted('expired', 'its certificate had run out before this device last knew the time');
}

/**
 * The first message of TLS 1.0, in 50 bytes: our relay, as every server of our time, answers it by an alert of 7 bytes.
 * Where the long first message of TLS 1.3 vanished and this one is answered, large packets get lost (RFC 8446, 5.1; RFC
 * 2246, 7.4.1.2).
 *
 *   record: type 22, version 3.1, length 45 ▸ handshake: type 1, length 41 ▸ version 3.1, random (32), no session,
 *   one cipher suite, one compression
 */
const shortHello = Buffer.concat([
  Buffer.from([22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 1]),
  Buffer.alloc(32, 0x5a),
  Buffer.from([0, 0, 2, 0, 0x2f, 1, 0]),
]);

async function smallPasses(place: Place, options: TryOptions): Promise<boolean> {
  const { clock, signal } = options;
  const deadline = new AbortController();
  const timer = clock.after(stepMs.small, () => deadline.abort());
  let socket: Socket | undefined;
  try {
    const both = AbortSignal.any([signal, deadline.signal]);
    socket = await openTcp(place, options, both);
    socket.write(shortHello);
    const [answer] = (await once(socket, 'data', { signal: both })) as [Buffer];
    return answer[0] === 21 || answer[0] === 22;
  } catch {
    return false;
  } finally {
    timer.cancel();
    socket?.destroy();
  }
}
