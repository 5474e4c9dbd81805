import { Duplex, Writable } from 'node:stream';
import type { SshTransport } from './transport.ts';

/** The largest packet that ssh2 reads. */
export const packetBytes = 32 * 1024;
/** What a channel may send us before we have passed it on; less for those beyond the first 16. */
const usualWindowBytes = 4 * 1024 * 1024;
const smallWindowBytes = 256 * 1024;
const usualChannels = 16;

/** 64 MiB for the first 16 channels, and 60 MiB at most for the other 240: what a session can make us hold. */
export function windowFor(openChannels: number): number {
  return openChannels < usualChannels ? usualWindowBytes : smallWindowBytes;
}

type Waiting = { data: Buffer; readonly type: 'output' | 'errors'; readonly sent: () => void };

export type ChannelParts = {
  readonly transport: SshTransport;
  readonly remote: number;
  readonly sendWindow: number;
  readonly sendPacket: number;
  readonly receiveWindow: number;
  /** Whether the connection takes more at the moment; `flush` is called when it does again. */
  readonly ready: () => boolean;
  readonly gone: () => void;
};

/**
 * One channel of an SSH connection (RFC 4254, section 5). Reading gives what the representative sends; writing, and
 * writing to `errors`, is sent as their window and the connection allow: nothing is queued beyond one chunk of each.
 *
 *   open --finish--> closed     once everything written is sent: then the exit and CLOSE
 *   open --CLOSE---> closed
 *
 * A closed channel is forgotten, whether the other side closed it or not: its number is not used again.
 */
export class SshChannel extends Duplex {
  readonly errors: Writable;
  readonly #parts: ChannelParts;
  readonly #waiting: Waiting[] = [];
  #sendWindow: number;
  #receiveWindow: number;
  #unacknowledged = 0;
  #state: 'open' | 'closed' = 'open';
  #eofReceived = false;

  constructor(parts: ChannelParts) {
    super({ allowHalfOpen: true, highWaterMark: 64 * 1024 });
    this.#parts = parts;
    this.#sendWindow = parts.sendWindow;
    this.#receiveWindow = parts.receiveWindow;
    this.errors = new Writable({
      highWaterMark: 64 * 1024,
      write: (data: Buffer, _encoding, sent) => this.#queue({ data, type: 'errors', sent }),
    });
    this.on('error', () => {});
    this.errors.on('error', () => {});
  }

  override _write(data: Buffer, _encoding: BufferEncoding, sent: () => void): void {
    this.#queue({ data, type: 'output', sent });
  }

  override _final(done: () => void): void {
    if (this.#state === 'open') this.#parts.transport.channelEOF(this.#parts.remote);
    done();
  }

  #queue(waiting: Waiting): void {
    if (this.#state !== 'open') {
      waiting.sent(); // Nobody reads it any more.
      return;
    }
    this.#waiting.push(waiting);
    this.flush();
  }

  /** Sends what waits, as far as the window and the connection let it. Output and errors take turns. */
  flush(): void {
    const { transport, remote, sendPacket, ready } = this.#parts;
    while (this.#state === 'open' && this.#sendWindow > 0 && ready()) {
      const first = this.#waiting.shift();
      if (!first) return;
      const bytes = Math.min(first.data.length, this.#sendWindow, sendPacket);
      const piece = first.data.subarray(0, bytes);
      this.#sendWindow -= bytes;
      if (first.type === 'output') transport.channelData(remote, piece);
      else transport.channelExtData(remote, piece, 1);
      if (bytes === first.data.length) {
        first.sent();
      } else {
        first.data = first.data.subarray(bytes);
        this.#waiting.push(first);
      }
    }
  }

  /** The other side lets us send more. */
  widen(bytes: number): void {
    this.#sendWindow = Math.min(this.#sendWindow + bytes, 2 ** 32 - 1);
    this.flush();
  }

  /** Counts what the other side sent. @returns false when it sent more than it was allowed to */
  admit(bytes: number): boolean {
    if (bytes > this.#receiveWindow || this.#eofReceived) return false;
    this.#receiveWindow -= bytes;
    return true;
  }

  /** Hands on what was admitted. */
  receive(data: Buffer): void {
    this.#unacknowledged += data.length;
    if (this.#state !== 'open' || this.destroyed || this.#eofReceived) return;
    this.push(data);
    this.#acknowledge();
  }

  override _read(): void {} // What comes is pushed when it comes; the window holds it back.

  /** Every way to read but the one in `receive` ends here, after which what was taken is no longer in the buffer. */
  override read(bytes?: number): unknown {
    const taken: unknown = super.read(bytes);
    this.#acknowledge();
    return taken;
  }

  /** Gives the window back, in steps of half of it: what waits in the reader's buffer is not given back yet. */
  #acknowledge(): void {
    const { transport, remote, receiveWindow } = this.#parts;
    const passedOn = this.#unacknowledged - this.readableLength;
    if (this.#state !== 'open' || this.#eofReceived || passedOn < receiveWindow / 2) return;
    this.#unacknowledged -= passedOn;
    this.#receiveWindow += passedOn;
    transport.channelWindowAdjust(remote, passedOn);
  }

  /** Answers a request of the other side, unless the channel is closed: after CLOSE nothing may come. */
  reply(done: boolean): void {
    if (this.#state !== 'open') return;
    const { transport, remote } = this.#parts;
    if (done) transport.channelSuccess(remote);
    else transport.channelFailure(remote);
  }

  receiveEnd(): void {
    if (this.#eofReceived) return;
    this.#eofReceived = true;
    this.push(null);
  }

  /** Sends what was written, tells how the program ended by `tellExit`, and closes. */
  finish(tellExit: () => void): void {
    if (this.#state === 'closed') {
      this.destroy();
      return;
    }
    const close = (): void => {
      if (this.#state !== 'open') return;
      tellExit();
      this.#close();
    };
    if (this.errors.writableEnded && this.writableEnded) {
      close();
      return;
    }
    this.errors.end(() => this.end(close));
  }

  #close(): void {
    this.#state = 'closed';
    this.#parts.transport.channelClose(this.#parts.remote);
    this.#drop();
    this.#parts.gone();
  }

  /**
   * The other side closed it, or the connection is gone: `connected` says which. Nothing can be sent any more, and what
   * is written goes nowhere. What came before an EOF is still read; without EOF it is half of something, and dropped.
   */
  shut(connected: boolean): void {
    if (this.#state === 'open') {
      this.#state = 'closed';
      if (connected) this.#parts.transport.channelClose(this.#parts.remote);
      this.#drop();
      this.#parts.gone();
    }
    this.emit('shut');
    if (!this.#eofReceived || this.readableEnded) this.destroy();
    else this.once('end', () => this.destroy());
  }

  #drop(): void {
    for (const { sent } of this.#waiting.splice(0)) sent();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (this.#state === 'open') this.#close();
    this.errors.destroy();
    done(error);
  }
}
