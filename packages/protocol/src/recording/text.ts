import { isUtf8 } from 'node:buffer';

/**
 * Turns what a program prints into text, piece by piece: a character that is cut in two waits for its rest, and what is
 * no UTF-8 becomes U+FFFD.
 *
 * Pieces are UTF-8, in a string of which each character is one byte: so nothing is decoded and encoded anew, and a
 * recording costs a fraction of what it would.
 */
export class PrintedText {
  #rest: Buffer = Buffer.alloc(0);
  readonly #breaks: boolean;
  #lastWasReturn = false;

  /** @param options.breaks whether a line feed without a carriage return gets one, as a terminal would do */
  constructor({ breaks }: { readonly breaks: boolean }) {
    this.#breaks = breaks;
  }

  /** @returns UTF-8 as a string of bytes; empty while it is less than a character */
  take(chunk: Buffer): string {
    const all = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    const end = wholeLength(all);
    // A copy: the chunk may be a part of a larger piece of memory.
    this.#rest = end === all.length ? Buffer.alloc(0) : Buffer.from(all.subarray(end));
    return this.#text(end === all.length ? all : all.subarray(0, end));
  }

  /** What is left of a character at the end. */
  end(): string {
    const rest = this.#rest;
    this.#rest = Buffer.alloc(0);
    return this.#text(rest);
  }

  #text(bytes: Buffer): string {
    if (bytes.length === 0) return '';
    const right = isUtf8(bytes) ? bytes : Buffer.from(bytes.toString('utf8'));
    const text = right.toString('latin1');
    if (!this.#breaks) return text;
    const after = this.#lastWasReturn && text.startsWith('\n') ? 1 : 0;
    this.#lastWasReturn = text.endsWith('\r');
    return text.slice(0, after) + text.slice(after).replace(/(?<!\r)\n/g, '\r\n');
  }
}

/** How much of it is not the beginning of a character whose rest is still to come. */
function wholeLength(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
