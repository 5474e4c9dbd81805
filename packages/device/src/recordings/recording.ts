import type { Clock, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail, type SallyportError } from '@sallyport/protocol/errors';
import {
  type RecordingEnd,
  type RecordingHead,
  type RecordingId,
  type RecordingSummary,
  type RecordingWriter,
  sealAfterMs,
} from '@sallyport/protocol/recording';
import { boundedSize, type TerminalSize } from '../processes/index.ts';
import { AppendFile } from './appendFile.ts';

/** Of what a program without a terminal prints, so much is recorded; the rest is counted. In bytes. */
export const commandCap = 1024 * 1024;
/** What is printed within this time becomes one event, and one write. In milliseconds. */
const gatherMs = 20;
/** More than that does not wait. */
const gatherBytes = 64 * 1024;

/** What a terminal or command shows goes here, before or as it is shown. */
export type Recording = {
  readonly id: RecordingId;
  /** While it holds, nothing may be shown: the disk does not keep up. */
  readonly held: boolean;
  /** Calls `listener` when it begins to hold, or holds no longer. */
  onHeld(listener: () => void): void;
  /** Resolves with the reason when the disk takes no more and the channel has to end. */
  readonly broken: Promise<SallyportError>;
  output(chunk: Buffer): void;
  resized(size: TerminalSize): void;
  /** The second call does nothing. @returns what its last seal vouches for */
  end(end: RecordingEnd): RecordingSummary | undefined;
};

export type RecordingFileOptions = {
  readonly id: RecordingId;
  readonly kind: RecordingHead['kind'];
  readonly writer: RecordingWriter;
  readonly fd: number;
  readonly clock: Clock;
  readonly onFull: () => 'close' | 'mark';
  /** Told before so many bytes are written. */
  readonly spend: (bytes: number) => void;
  /** It could not be written from now on. */
  readonly failed: (error: Error) => void;
  /** It has ended, and its file is closed. */
  readonly closed: () => void;
};

/** One recording that is being written. */
export class RecordingFile implements Recording {
  readonly id: RecordingId;
  readonly broken: Promise<SallyportError>;
  readonly #options: RecordingFileOptions;
  readonly #file: AppendFile;
  readonly #heldListeners = new Set<() => void>();
  #break: (error: SallyportError) => void = () => {};
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #gathering: Timer | undefined;
  #sealing: Timer | undefined;
  #left = commandCap;
  /** Printed while the disk took nothing. */
  #lost = 0;
  #low = false;
  #over = false;

  constructor(options: RecordingFileOptions) {
    const { id, fd, clock, kind } = options;
    this.#options = options;
    this.id = id;
    if (kind !== 'command') this.#left = Number.POSITIVE_INFINITY;
    this.broken = new Promise((resolve) => {
      this.#break = resolve;
    });
    this.#file = new AppendFile(fd, {
      clock,
      heldChanged: () => {
        for (const listener of this.#heldListeners) listener();
      },
      stuck: (error) => this.#cannot(error),
      unstuck: () => this.#canAgain(),
    });
  }

  get held(): boolean {
    return this.#file.held;
  }

  get summary(): RecordingSummary | undefined {
    return this.#options.writer.summary;
  }

  onHeld(listener: () => void): void {
    this.#heldListeners.add(listener);
  }

  output(chunk: Buffer): void {
    if (this.#over) return;
    const part = this.#left < chunk.length ? chunk.subarray(0, this.#left) : chunk;
    if (part.length < chunk.length) this.#options.writer.skip(chunk.length - part.length);
    if (part.length === 0) return;
    this.#left -= part.length;
    this.#gathered.push(part);
    this.#gatheredBytes += part.length;
    if (this.#gatheredBytes >= gatherBytes) this.#emit();
    else this.#gathering ??= this.#options.clock.after(gatherMs, () => this.#emit());
  }

  resized(size: TerminalSize): void {
    if (this.#over) return;
    const { columns, rows } = boundedSize(size);
    this.#emit();
    if (!this.#waits) this.#add(this.#options.writer.resized(columns, rows));
  }

  /** Vouches for all that there is until now. */
  seal(): void {
    if (this.#over) return;
    this.#emit();
    if (this.#options.writer.unsealed && !this.#waits) this.#file.add([this.#options.writer.seal()]);
  }

  /** The disk is all but full, or no longer: said before it takes nothing at all, so that there is room for an end. */
  diskIsLow(low: boolean): void {
    if (low === this.#low || this.#over) return;
    if (low) {
      this.#emit();
      this.#low = true;
      this.#cannot(new Error('the disk is all but full'));
    } else {
      this.#low = false;
      this.#canAgain();
    }
  }

  end(end: RecordingEnd): RecordingSummary | undefined {
    if (this.#over) return this.summary;
    this.#emit();
    this.#tellLost();
    this.#over = true;
    this.#sealing?.cancel();
    this.#file.add(this.#options.writer.end(this.#waits ? { ...end, why: 'disk' } : end));
    void this.#file.close().then(this.#options.closed);
    return this.summary;
  }

  get #waits(): boolean {
    return this.#low || this.#file.isStuck;
  }

  #emit(): void {
    this.#gathering?.cancel();
    this.#gathering = undefined;
    if (this.#gatheredBytes === 0) return;
    const [first] = this.#gathered;
    const bytes =
      first && this.#gathered.length === 1 ? first : Buffer.concat(this.#gathered, this.#gatheredBytes);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    if (this.#waits) this.#lost += bytes.length;
    else this.#add(this.#options.writer.output(bytes));
  }

  #add(pieces: readonly Buffer[]): void {
    if (pieces.length > 0) {
      this.#options.spend(pieces.reduce((sum, { length }) => sum + length, 0));
      this.#file.add(pieces);
    }
    if (!this.#options.writer.unsealed) {
      this.#sealing?.cancel();
      this.#sealing = undefined;
      return;
    }
    this.#sealing ??= this.#options.clock.after(sealAfterMs, () => {
      this.#sealing = undefined;
      this.seal();
    });
  }

  #cannot(error: Error): void {
    this.#options.failed(error);
    const code = 'code' in error ? String(error.code) : '';
    const reason = code === '' || code === 'ENOSPC' ? 'the disk is full' : `error ${code}`;
    if (this.#options.onFull() === 'close') {
      this.#break(protocolFail('recording-broken', { details: { reason }, cause: error, leg: 'device' }));
    }
  }

  #canAgain(): void {
    if (this.#waits || this.#over) return;
    this.#tellLost();
  }

  #tellLost(): void {
    if (this.#lost === 0) return;
    const { writer } = this.#options;
    writer.skip(this.#lost);
    this.#add(writer.mark(`${this.#lost} bytes were not recorded: the disk was full`));
    this.#lost = 0;
  }
}
