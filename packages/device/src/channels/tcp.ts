import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import { formatTarget, type Scope, type TcpTarget } from '@sallyport/protocol/grant';
import { demand, type SessionContext } from './context.ts';
import { reachesOwnListener } from './ownListeners.ts';

/** How long the device tries to connect to one target, name resolution included. */
export const connectMs = 10_000;
const mostAddresses = 8;

/**
 * Connects to what a channel asks for. The name is resolved once, here on the device; what is connected to is that
 * very address, so a name cannot mean one thing when it is checked and another when it is used.
 *
 * @throws scope-refused, target-refused, channel-unreachable, session-closed
 */
export async function openTcp(context: SessionContext, target: TcpTarget, scope: Scope): Promise<Socket> {
  const name = formatTarget(target);
  demand(context, scope, name);
  const deadline = new AbortController();
  const timer = context.options.clock.after(connectMs, () => deadline.abort(unreachable(name, 'no answer')));
  try {
    const addresses = await before(deadline.signal, resolve(target));
    let failure: unknown;
    for (const address of addresses.slice(0, mostAddresses)) {
      demand(context, scope, name);
      if (reachesOwnListener(address, target.port, context.options.ownListeners())) {
        context.session.record.refused(undefined, name);
        throw fail('target-refused', { details: { target: name }, leg: 'device' });
      }
      try {
        const socket = await connectTo(address, target.port, deadline.signal);
        try {
          demand(context, scope, name);
        } catch (error) {
          socket.destroy();
          throw error;
        }
        return socket;
      } catch (error) {
        if (error instanceof SallyportError) throw error;
        failure = error;
      }
    }
    throw unreachable(name, reasonOf(failure), failure);
  } finally {
    timer.cancel();
  }
}

async function resolve({ host, port }: TcpTarget): Promise<readonly string[]> {
  const bare = host.replace(/^\[|\]$/g, '');
  try {
    const found = await lookup(bare, { all: true, order: 'verbatim' });
    return found.map(({ address }) => address);
  } catch (error) {
    throw unreachable(formatTarget({ host, port }), 'the name could not be resolved', error);
  }
}

/** A half-open socket that is connected, with an error listener from the first moment. */
function connectTo(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true, noDelay: true });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason);
    };
    socket.on('error', (error) => {
      signal.removeEventListener('abort', onAbort);
      reject(error);
    });
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
}

/** What `promise` gives, unless the signal is first. */
function before<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'no route to the network',
  ECONNRESET: 'connection reset',
  ETIMEDOUT: 'no answer',
};

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return reasons[code] ?? 'the connection failed';
}

function unreachable(target: string, reason: string, cause?: unknown): SallyportError {
  return fail('channel-unreachable', { details: { target, reason }, cause, leg: 'device' });
}
