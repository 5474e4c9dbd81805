import type { Clock } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { isNodeOf } from '@sallyport/protocol/identity';
import { connectTls } from '@sallyport/protocol/tls';
import { dialRelay, resolveRelay } from '@sallyport/runtime/dial';
import { request } from '@sallyport/runtime/http';
import { z } from 'zod';
import { type Problem, problemOf } from '../agent/status.ts';
import type { DeviceIdentity } from '../identity/index.ts';

const tryMs = 10_000;
const healthSchema = z.object({ ok: z.boolean(), now: z.number(), draining: z.boolean().default(false) });

/** How far one outbound port leads. `problem` is what stopped it there. */
export type PortResult = {
  readonly port: number;
  readonly reached: 'nothing' | 'tcp' | 'tls' | 'health';
  readonly ms: number;
  readonly problem: Problem | null;
};
export type TestResult = {
  readonly host: string;
  readonly addresses: readonly string[];
  readonly ports: readonly PortResult[];
  /** How far the device's clock is ahead of the relay's, in ms; null if no port led to the relay. */
  readonly clockOffMs: number | null;
  readonly problem: Problem | null;
};

/** Tries every enrolled port by itself: name, TCP, TLS with our relay, its health. Changes nothing. */
export async function testConnection(
  identity: DeviceIdentity,
  options: { readonly clock: Clock; readonly now: () => number | null; readonly signal: AbortSignal },
): Promise<TestResult> {
  const { host } = identity;
  const { clock } = options;
  let addresses: string[];
  try {
    addresses = (await resolveRelay(host)).map(({ address }) => address);
  } catch (error) {
    if (!(error instanceof SallyportError)) throw error;
    return { host, addresses: [], ports: [], clockOffMs: null, problem: problemOf(error) };
  }
  let relayAhead: number | undefined;
  const ports = await Promise.all(
    identity.ports.map(async (port): Promise<PortResult> => {
      const begin = clock.monotonicMs();
      let reached: PortResult['reached'] = 'nothing';
      try {
        await dialRelay({
          host,
          ports: [port],
          timeoutMs: tryMs,
          clock,
          signal: options.signal,
          through: async (tcp) => {
            reached = 'tcp';
            const { socket } = await connectTls(tcp, {
              identity: identity.tls,
              authority: identity.authority,
              role: 'relay',
              id: (id) => isNodeOf(id, host),
              servername: host,
              now: options.now,
              clock,
              signal: options.signal,
            });
            reached = 'tls';
            const health = await request(socket, {
              path: '/v1/health',
              host,
              answer: healthSchema,
              capBytes: 16 * 1024,
              timeoutMs: tryMs,
              clock,
              signal: options.signal,
            });
            reached = 'health';
            relayAhead = clock.wallMs() - health.now;
          },
        });
        return { port, reached, ms: Math.round(clock.monotonicMs() - begin), problem: null };
      } catch (error) {
        options.signal.throwIfAborted();
        if (!(error instanceof SallyportError)) throw error;
        return { port, reached, ms: Math.round(clock.monotonicMs() - begin), problem: problemOf(error) };
      }
    }),
  );
  const good = ports.some(({ problem }) => problem === null);
  return {
    host,
    addresses,
    ports,
    clockOffMs: relayAhead === undefined ? null : Math.round(relayAhead),
    problem: good ? null : (ports[0]?.problem ?? null),
  };
}
