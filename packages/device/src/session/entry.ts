import type { TLSSocket } from 'node:tls';
import type { Clock } from '@sallyport/protocol/environment';
import type { SallyportError } from '@sallyport/protocol/errors';
import type { PeerIdentity } from '@sallyport/protocol/identity';
import {
  deadlineAfter,
  type FromRepresentative,
  fromRepresentativeSchemas,
  type HelloChannel,
  refuse,
} from '@sallyport/protocol/session';
import { tellable } from '../errors/index.ts';
import type { Half } from './halves.ts';

/** An inner connection: a TLS server's socket, and the representative who proved to be at its other end. */
export type Arrival = {
  readonly socket: TLSSocket;
  readonly peer: PeerIdentity;
  /** 32 bytes that only the two ends of this connection know: the session id of a pairing. */
  readonly exporter: Uint8Array;
};

/** Somebody who arrived, while the two talk by hello. */
export type Entrance = { readonly arrival: Arrival; readonly channel: HelloChannel; readonly half: Half };

/** How long a representative may take for each message of hello, in milliseconds. */
export const helloMs = 10_000;

const first = {
  pair: fromRepresentativeSchemas.pair,
  open: fromRepresentativeSchemas.open,
  resume: fromRepresentativeSchemas.resume,
} as const;
const afterPairing = { open: fromRepresentativeSchemas.open } as const;

type Message<T extends FromRepresentative['type']> = Extract<FromRepresentative, { type: T }>;

/** What the hello leads to. Each throws a SallyportError to refuse; `open` and `resume` take the connection over. */
export type Desk = {
  pair(message: Message<'pair'>): Promise<void>;
  open(message: Message<'open'>): Promise<void> | void;
  resume(message: Message<'resume'>): Promise<void> | void;
};

/**
 * The conversation on an inner connection before there is a stream (design, section 4, steps 5 and 6): `pair`, which
 * `open` may follow; or `open`; or `resume`. A refusal is told, and ends it.
 *
 * @returns why it was refused; undefined if a stream took the connection over, or pairing was all that was wanted
 */
export async function converse(
  channel: HelloChannel,
  desk: Desk,
  options: { clock: Clock; signal: AbortSignal },
): Promise<SallyportError | undefined> {
  const next = async <const S extends typeof first | typeof afterPairing>(schemas: S) => {
    const deadline = deadlineAfter(options.clock, helloMs);
    try {
      const message = await channel.receive(schemas, {
        deadline: AbortSignal.any([options.signal, deadline.signal]),
      });
      options.signal.throwIfAborted();
      return message;
    } finally {
      deadline.cancel();
    }
  };
  let paired = false;
  try {
    const message = await next(first);
    if (message.type === 'resume') await desk.resume(message);
    else if (message.type === 'open') await desk.open(message);
    else {
      await desk.pair(message);
      paired = true;
      await desk.open(await next(afterPairing));
    }
    return undefined;
  } catch (error) {
    const known = tellable(error);
    // `sallyport pair` hangs up after `ok`: that is no refusal.
    if (paired && (known.code === 'connection-lost' || known.code === 'timed-out')) return undefined;
    // A stream that took the connection over and then failed has said so in its own words, or cannot any more.
    if (!channel.released) refuse(channel, known);
    return known;
  }
}
