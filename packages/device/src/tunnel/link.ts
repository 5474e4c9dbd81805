import type { Duplex } from 'node:stream';
import type { Clock, Timer } from '@sallyport/protocol/environment';
import {
  type ErrorRow,
  fail,
  fromWireError,
  protocolErrors,
  SallyportError,
  wireErrorSchema,
} from '@sallyport/protocol/errors';
import {
  type FromRelay,
  type fromDeviceSchemas,
  fromRelaySchemas,
  type ToRelay,
  tunnelDeadMs,
  tunnelMessageCap,
  tunnelPingMs,
} from '@sallyport/protocol/tunnel';
import { formatMessage, parseMessage } from '@sallyport/protocol/wire';
import { WebSocket } from 'ws';

export const tunnelPath = '/v1/tunnel';
export const tunnelProtocol = 'sallyport.1';
/** What may wait to be sent to a relay that does not read; a tunnel with more is given up. In bytes. */
const unsentCap = 256 * 1024;
const upgradeMs = 10_000;
/** How often the round trip to the relay is measured: the relay asks whether we are there more often than that. */
const measureEveryMs = 60_000;
/** After a network change an answer must come sooner than in quiet times. */
const probeDeadMs = 3_000;
const errorBodyCap = 16 * 1024;

/** One connection of the tunnel. Ends once; what ended it is told to `ended`. */
export type Link = {
  send(message: ToRelay): void;
  /** Asks whether the relay is still there, and gives the link up if no answer comes within seconds. */
  probe(): void;
  /** Ends it in peace, what was sent before included. */
  close(): void;
};

export type LinkListener = {
  readonly message: (message: FromRelay) => void;
  readonly ended: (error: SallyportError) => void;
  /** How long the relay took to answer a ping, in milliseconds. */
  readonly roundTrip?: (ms: number) => void;
};

/**
 * Makes the WebSocket of a tunnel over a TLS connection that is through, and keeps it alive: a ping after 15 s of
 * silence, given up after 30 s. Nothing but whole messages within the cap reaches `message`.
 *
 * @throws what the relay answered instead (identity-revoked, relay-draining …), relay-cut, timed-out
 */
export async function openLink(options: {
  readonly socket: Duplex;
  readonly host: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly listener: LinkListener;
}): Promise<Link> {
  const { socket, host, clock, signal, listener } = options;
  const ws = new WebSocket(`ws://${host}${tunnelPath}`, tunnelProtocol, {
    createConnection: () => socket as never,
    perMessageDeflate: false,
    maxPayload: tunnelMessageCap,
    followRedirects: false,
  });
  let ended = false;
  const end = (error: SallyportError): void => {
    if (ended) return;
    ended = true;
    timer?.cancel();
    measuring?.cancel();
    ws.terminate();
    listener.ended(error);
  };
  let timer: Timer | undefined;
  let measuring: Timer | undefined;
  let silentSinceMs = clock.monotonicMs();
  let deadAfterMs = tunnelDeadMs;

  await upgraded(ws, host, clock, signal);
  ws.on('error', (cause) => end(fail('connection-lost', { cause, leg: 'to-relay' })));
  ws.on('close', (code) => end(closedBy(code)));
  const heard = (): void => {
    silentSinceMs = clock.monotonicMs();
    deadAfterMs = tunnelDeadMs;
  };
  let asked = 0;
  let askedAtMs = 0;
  const measure = (): void => {
    asked += 1;
    askedAtMs = clock.monotonicMs();
    ws.ping(String(asked));
    measuring = clock.after(measureEveryMs, measure);
  };
  ws.on('ping', heard);
  ws.on('pong', (said) => {
    heard();
    // The answer to another ping has waited for another time.
    if (said.toString() === String(asked)) listener.roundTrip?.(clock.monotonicMs() - askedAtMs);
  });
  ws.on('message', (data, isBinary) => {
    heard();
    if (ended) return;
    try {
      if (isBinary) throw fail('message-malformed', { details: { reason: 'not text' } });
      listener.message(parseMessage(fromRelaySchemas, data as Buffer, tunnelMessageCap));
    } catch (error) {
      // A newer relay may say what this version does not know: it is passed over, the tunnel stays.
      if (error instanceof SallyportError && error.code === 'message-unknown') return;
      end(error instanceof SallyportError ? error : fail('internal', { cause: error }));
    }
  });

  const watch = (): void => {
    const silentMs = clock.monotonicMs() - silentSinceMs;
    if (silentMs >= deadAfterMs) {
      end(fail('connection-lost', { leg: 'to-relay' }));
      return;
    }
    if (silentMs >= tunnelPingMs) ws.ping();
    timer = clock.after(Math.min(tunnelPingMs, deadAfterMs - silentMs), watch);
  };
  timer = clock.after(tunnelPingMs, watch);
  ws.resume();
  measure();

  return {
    send(message) {
      if (ended) return;
      ws.send(formatMessage<typeof fromDeviceSchemas>(message, tunnelMessageCap).toString());
      if (ws.bufferedAmount > unsentCap) end(fail('connection-lost', { leg: 'to-relay' }));
    },
    probe() {
      if (ended) return;
      ws.ping();
      silentSinceMs = clock.monotonicMs();
      deadAfterMs = probeDeadMs;
      timer?.cancel();
      timer = clock.after(probeDeadMs, watch);
    },
    close() {
      if (ended) return;
      ended = true;
      timer?.cancel();
      measuring?.cancel();
      ws.on('error', () => {});
      ws.close(1000);
      clock.after(1_000, () => ws.terminate());
    },
  };
}

function upgraded(ws: WebSocket, host: string, clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(upgradeMs, () =>
      settle(fail('timed-out', { details: { seconds: upgradeMs / 1_000 }, leg: 'relay' })),
    );
    const onAbort = (): void => settle(fail('connection-lost', { leg: 'to-relay' }));
    const settle = (error?: SallyportError): void => {
      timer.cancel();
      signal.removeEventListener('abort', onAbort);
      if (!error) {
        resolve();
        return;
      }
      // From here on nobody waits for the socket: its late errors are no news.
      ws.on('error', () => {});
      ws.terminate();
      reject(error);
    };
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) return onAbort();
    ws.once('open', () => {
      // What came in one piece with the answer waits until somebody listens: a message, or a frame that is an error.
      ws.pause();
      settle();
    });
    ws.once('error', (cause) => settle(fail('relay-cut', { details: { host }, cause, leg: 'to-relay' })));
    ws.once('unexpected-response', (_request, answer) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes <= errorBodyCap) chunks.push(chunk);
        else answer.destroy();
      });
      answer.on('error', () => {});
      answer.once('close', () => settle(readRefusal(Buffer.concat(chunks), host)));
    });
  });
}

function readRefusal(body: Buffer, host: string): SallyportError {
  try {
    const { error } = JSON.parse(body.toString('utf8')) as { error?: unknown };
    return fromWireError(wireErrorSchema.parse(error)).at('relay');
  } catch (cause) {
    const reason = 'it does not speak the tunnel protocol';
    return fail('relay-not-ours', { details: { host, reason }, cause, leg: 'to-relay' });
  }
}

/** What a WebSocket close code of our own tables means; any other is a lost connection. */
function closedBy(code: number): SallyportError {
  const rows: readonly [string, ErrorRow][] = Object.entries(protocolErrors);
  const row = rows.find(([, { close }]) => close === code);
  if (row) return new SallyportError(row[0], row[1], { leg: 'relay' });
  return fail('connection-lost', { leg: 'to-relay' });
}
