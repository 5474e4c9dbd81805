import type { Duplex } from 'node:stream';
import { fail, SallyportError } from '../errors/index.ts';
import { formatMessage, type MessageOf, type MessageSchemas, parseMessage } from '../wire/index.ts';
import type { ToAsked, ToAsker } from './asks.ts';
import { helloFrameCap, type ToDeviceHello, type ToRepresentativeHello } from './messages.ts';
import type { ToNoticeReader } from './notices.ts';

/** The part of a frame in front of its message. */
const lengthBytes = 2;

/**
 * One message of hello or pairing, as it goes over the inner TLS connection, or of the channels `notices` and `ask` of a session:
 *
 *      0        2            2 + n
 *     +--------+------------+
 *     | n: u16 | JSON, UTF-8 |      n big-endian, at most `helloFrameCap`
 *     +--------+------------+
 *
 * @throws message-too-large
 */
export function encodeFrame(
  message: ToDeviceHello | ToRepresentativeHello | ToNoticeReader | ToAsked | ToAsker,
): Buffer {
  const body = formatMessage(message, helloFrameCap);
  const frame = Buffer.allocUnsafe(lengthBytes + body.byteLength);
  frame.writeUInt16BE(body.byteLength, 0);
  frame.set(body, lengthBytes);
  return frame;
}

/**
 * Hello and pairing over a stream: one frame at a time, by turns. While a channel is there it alone reads and writes
 * the stream; `release` gives it back. It takes exactly the bytes of the frames it was asked for, so what the other
 * side sent early is still in the stream for whoever reads next (design, section 4, step 5).
 */
export class HelloChannel {
  readonly #stream: Duplex;
  #lost: SallyportError | undefined;
  /** Set while `receive` waits: looks for what has come. */
  #look: (() => void) | undefined;
  /** Length of the frame whose first two bytes were taken from the stream and whose body was not. */
  #bodyBytes: number | undefined;
  #released = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('readable', this.#onReadable);
    stream.on('error', this.#onLost);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onLost);
  }

  readonly #onEnd = (): void => this.#onLost();
  readonly #onReadable = (): void => this.#look?.();
  readonly #onLost = (cause?: unknown): void => {
    this.#lost ??= fail('connection-lost', { cause });
    this.#look?.();
  };

  /** @throws message-too-large, connection-lost if that is known already */
  send(message: ToDeviceHello | ToRepresentativeHello): void {
    this.#mustBeOurs();
    if (this.#lost) throw this.#lost;
    if (!this.#stream.writable) throw fail('connection-lost');
    this.#stream.write(encodeFrame(message));
  }

  /**
   * Waits for the next message, which must be one of `schemas`. One call at a time.
   *
   * @param options.deadline ends the wait. An abort by a SallyportError throws that error, any other `timed-out`.
   * @throws message-too-large before the body is awaited; message-malformed, message-unknown, version-unsupported;
   *   connection-lost, also when the other side ends in the middle; timed-out
   */
  async receive<const S extends MessageSchemas>(
    schemas: S,
    options: { deadline: AbortSignal },
  ): Promise<MessageOf<S>> {
    this.#mustBeOurs();
    if (this.#look) throw fail('internal', { cause: new Error('two receives at once') });
    const body = await this.#nextBody(options.deadline);
    return parseMessage(schemas, body, helloFrameCap);
  }

  /** Whether the stream was given back: somebody else speaks on it now. */
  get released(): boolean {
    return this.#released;
  }

  /** Gives the stream back, with none of our listeners, at the first byte after the last frame received. */
  release(): Duplex {
    this.#mustBeOurs();
    if (this.#look) throw fail('internal', { cause: new Error('released during a receive') });
    this.#released = true;
    this.#stream.off('readable', this.#onReadable);
    this.#stream.off('error', this.#onLost);
    this.#stream.off('end', this.#onEnd);
    this.#stream.off('close', this.#onLost);
    if (this.#bodyBytes !== undefined) {
      const length = Buffer.alloc(lengthBytes);
      length.writeUInt16BE(this.#bodyBytes, 0);
      this.#stream.unshift(length);
    }
    return this.#stream;
  }

  #nextBody(deadline: AbortSignal): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#look = undefined;
        deadline.removeEventListener('abort', onAbort);
        act();
      };
      const onAbort = (): void => settle(() => reject(deadlineError(deadline)));
      this.#look = () => {
        try {
          const body = this.#takeBody();
          if (body) settle(() => resolve(body));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      if (deadline.aborted) return onAbort();
      deadline.addEventListener('abort', onAbort);
      this.#look();
    });
  }

  /** The body of the next frame if all of it is here; undefined to wait for more. */
  #takeBody(): Uint8Array | undefined {
    if (this.#bodyBytes === undefined) {
      const length = this.#take(lengthBytes);
      if (!length) return undefined;
      const bytes = length.readUInt16BE(0);
      if (bytes > helloFrameCap) throw fail('message-too-large', { details: { cap: helloFrameCap } });
      this.#bodyBytes = bytes;
    }
    const body = this.#bodyBytes === 0 ? Buffer.alloc(0) : this.#take(this.#bodyBytes);
    if (body) this.#bodyBytes = undefined;
    return body;
  }

  /** Exactly `bytes` bytes, or undefined to wait. What came before the connection was lost is still read. */
  #take(bytes: number): Buffer | undefined {
    const chunk = this.#stream.read(bytes) as Buffer | null;
    if (chunk?.byteLength === bytes) return chunk;
    if (this.#lost) throw this.#lost;
    // A stream that has ended hands out what is left, though it is less than was asked for.
    if (chunk || !this.#stream.readable) throw fail('connection-lost');
    return undefined;
  }

  #mustBeOurs(): void {
    if (this.#released) throw fail('internal', { cause: new Error('the hello channel was released') });
  }
}

function deadlineError(deadline: AbortSignal): SallyportError {
  if (deadline.reason instanceof SallyportError) return deadline.reason;
  return fail('timed-out', { cause: deadline.reason });
}
