import { createHash } from 'node:crypto';
import { endMark } from './event.ts';
import { formatHead, type RecordingHead } from './head.ts';
import { type Seal, sealEvents, sealText } from './seal.ts';
import { PrintedText } from './text.ts';

/** How a recording ended: by its program's exit; because its channel was closed; or because the disk took no more. */
export type RecordingEnd = {
  readonly why: 'exit' | 'closed' | 'disk';
  readonly exit?: { readonly code: number } | { readonly signal: string } | undefined;
};

export type RecordingWriterOptions = {
  readonly head: RecordingHead;
  /** ECDSA P-256 with SHA-256 over the UTF-8 of a text, DER. */
  readonly sign: (text: string) => Buffer;
  /** Now: UTC in ISO 8601, and milliseconds since boot. */
  readonly now: () => { readonly at: string; readonly bootMs: number };
};

/** What is known of a recording at one of its seals. */
export type RecordingSummary = Pick<Seal, 'seal' | 'lines' | 'bytes' | 'sha256'> & { readonly end: boolean };

/**
 * The lines of one recording in their order, hashed and sealed on the way. It writes nothing by itself: every call gives
 * the bytes that come next.
 */
export class RecordingWriter {
  readonly #options: RecordingWriterOptions;
  readonly #hash = createHash('sha256');
  readonly #text: PrintedText;
  readonly #startMs: number;
  /** When the last event was, in whole milliseconds since the start: what intervals are rounded to never adds up. */
  #lastMs = 0;
  #lines = 0;
  #bytes = 0;
  #unsealed = 0;
  #printed = 0;
  #recorded = 0;
  #last: Seal | undefined;

  constructor(options: RecordingWriterOptions) {
    this.#options = options;
    this.#startMs = options.now().bootMs;
    this.#text = new PrintedText({ breaks: options.head.kind === 'command' });
  }

  /** Whether there is something that no seal vouches for. */
  get unsealed(): boolean {
    return this.#unsealed > 0;
  }

  /** What the last seal vouches for; undefined before the first. */
  get summary(): RecordingSummary | undefined {
    if (!this.#last) return undefined;
    const { seal, lines, bytes, sha256, end } = this.#last;
    return { seal, lines, bytes, sha256, end: end === true };
  }

  /** The head, sealed: who it was is never in doubt. */
  begin(): Buffer {
    const head = Buffer.from(formatHead(this.#options.head));
    this.#add(head, 2);
    return Buffer.concat([head, this.seal()]);
  }

  /** @param chunk what was printed; it is not kept */
  output(chunk: Buffer): Buffer[] {
    this.#printed += chunk.length;
    this.#recorded += chunk.length;
    return this.#event('o', this.#text.take(chunk));
  }

  /** So much was printed, and is not recorded. */
  skip(bytes: number): void {
    this.#printed += bytes;
  }

  resized(columns: number, rows: number): Buffer[] {
    return this.#event('r', `${columns}x${rows}`);
  }

  /** @param label ASCII */
  mark(label: string): Buffer[] {
    return this.#event('m', label);
  }

  /** Vouches for all that came before. */
  seal(end = false): Buffer {
    const { at, bootMs } = this.#options.now();
    const seal: Seal = {
      seal: (this.#last?.seal ?? 0) + 1,
      lines: this.#lines,
      bytes: this.#bytes,
      sha256: this.#hash.copy().digest('hex'),
      at,
      bootMs: Math.round(bootMs),
      ...(end ? { end } : {}),
    };
    const text = sealText(seal);
    const line = Buffer.from(`${text} ${this.#options.sign(text).toString('base64')}\n`);
    this.#add(line, 1);
    this.#unsealed = 0;
    this.#last = seal;
    return line;
  }

  /** The last lines. Nothing may be added after them. */
  end({ why, exit }: RecordingEnd): Buffer[] {
    const pieces = this.#event('o', this.#text.end());
    if (exit) pieces.push(...this.#event('x', 'code' in exit ? String(exit.code) : '255'));
    const facts = { why, ...(exit ? { exit } : {}), printed: this.#printed, recorded: this.#recorded };
    const line = Buffer.from(`${endMark}${JSON.stringify(facts)}\n`);
    this.#add(line, 1);
    pieces.push(line, this.seal(true));
    return pieces;
  }

  /** @param data a string of bytes, UTF-8 */
  #event(code: 'o' | 'r' | 'm' | 'x', data: string): Buffer[] {
    if (code === 'o' && data === '') return [];
    const ms = Math.max(this.#lastMs, Math.round(this.#options.now().bootMs - this.#startMs));
    const interval = ((ms - this.#lastMs) / 1_000).toFixed(3);
    this.#lastMs = ms;
    const line = Buffer.from(`[${interval}, "${code}", ${JSON.stringify(data)}]\n`, 'latin1');
    this.#add(line, 1);
    this.#unsealed += 1;
    return this.#unsealed >= sealEvents ? [line, this.seal()] : [line];
  }

  #add(bytes: Buffer, lines: number): void {
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
    this.#lines += lines;
  }
}
