import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import type { SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, StreamId } from '@sallyport/protocol/grant';
import type { ResumableStream } from '@sallyport/protocol/stream';
import type { ChannelSummary, InputGate, SessionChannels, TerminalTap } from '../channels/index.ts';
import type { SessionReceipt } from '../receipts/index.ts';
import type { Place } from './places.ts';

/** How long the last words of a session may take; then its connection is destroyed. In milliseconds. */
const farewellMs = 500;

/** One representative's session: its stream, its channels, and the connection it has at the moment. */
export class Session implements Place {
  readonly id: StreamId;
  readonly grant: GrantId;
  readonly key: string;
  readonly representative: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
  readonly stream: ResumableStream;
  /** Held while its representative is paused. */
  readonly input: InputGate;
  readonly #clock: Clock;
  #channels: SessionChannels | undefined;
  #receipt: SessionReceipt | undefined;
  #connection: Duplex | undefined;
  #suspendedAt: number | undefined;
  #ended: Promise<void> | undefined;

  constructor(options: {
    stream: ResumableStream;
    grant: GrantId;
    key: string;
    representative: string;
    input: InputGate;
    clock: Clock;
  }) {
    this.id = options.stream.id;
    this.stream = options.stream;
    this.grant = options.grant;
    this.key = options.key;
    this.input = options.input;
    this.representative = options.representative;
    this.#clock = options.clock;
    this.since = options.clock.wallMs();
    this.stream.on('suspended', () => {
      this.#suspendedAt = this.#clock.monotonicMs();
    });
    this.stream.on('live', () => {
      this.#suspendedAt = undefined;
    });
    this.stream.on('error', () => {});
  }

  get state(): 'live' | 'suspended' {
    return this.#suspendedAt === undefined ? 'live' : 'suspended';
  }

  get suspendedAt(): number | undefined {
    return this.#suspendedAt;
  }

  get over(): boolean {
    return this.#ended !== undefined;
  }

  channels(): readonly ChannelSummary[] {
    return this.#channels?.channels() ?? [];
  }

  /** What the terminal on one of its channels shows; undefined if there is none. */
  terminal(channel: number): TerminalTap | undefined {
    return this.#channels?.terminal(channel);
  }

  /** It is written up from now on, and signed for at its end. */
  witness(receipt: SessionReceipt): void {
    this.#receipt = receipt;
    this.stream.on('suspended', () => receipt.connected(false));
    this.stream.on('live', () => receipt.connected(true));
  }

  /** Its stream gets channels, once. */
  serve(channels: SessionChannels): void {
    this.#channels = channels;
  }

  /** The stream goes over this connection from now on. @throws what `ResumableStream.attach` throws */
  attach(connection: Duplex, generation: number, peerReceived: number): void {
    this.stream.attach(connection, { generation, peerReceived });
    this.#connection = connection;
  }

  /**
   * Ends it for good: says why, ends channels and processes, and then the connection. Resolves when all of it is gone;
   * the second call waits for the first.
   */
  end(error: SallyportError): Promise<void> {
    this.#ended ??= this.#end(error);
    return this.#ended;
  }

  async #end(error: SallyportError): Promise<void> {
    const receipt = this.#receipt;
    const words = {
      before: async () => receipt?.announce(error.code),
      after: async () => {
        // Who signed is done: nobody waits there for our disk.
        await receipt?.settle(error.code, () => this.#hangUp(error));
        this.#hangUp(error);
      },
    };
    const closed = this.#channels?.close(error, words);
    // Where nobody hears any more, and where nothing was served yet, there is nothing to wait for.
    if (!closed || !receipt || this.state === 'suspended') this.#hangUp(error);
    try {
      await closed;
    } finally {
      await receipt?.settle(error.code);
      this.#hangUp(error);
    }
  }

  #hangUp(error: SallyportError): void {
    this.stream.endDeliberately(error.code);
    const connection = this.#connection;
    this.#connection = undefined;
    if (!connection || connection.destroyed) return;
    const last = this.#clock.after(farewellMs, () => connection.destroy());
    connection.once('close', () => last.cancel());
  }
}
