import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { byDescriptor, kernel, safely } from './kernel.ts';

/** What is read at once of a file that is hashed when it is closed. In bytes. */
const pieceBytes = 1024 * 1024;
/** Of a file that did not pass in order, so much is read at most, or twice what passed: a client can ask for no more work. */
const leastCap = 64 * 1024 * 1024;

/** SHA-256 of a file, made of what passes in order, so that it need not be read once more. */
export class Digest {
  readonly #hash = createHash('sha256');
  #next = 0;
  #inOrder = true;

  /** These bytes passed at this place. */
  pass(offset: number, bytes: Buffer): void {
    if (offset !== this.#next) this.#inOrder = false;
    if (!this.#inOrder) return;
    this.#hash.update(bytes);
    this.#next += bytes.length;
  }

  /** The file was changed in another way: what passed is not what is in it. */
  spoil(): void {
    this.#inOrder = false;
  }

  /** Of a file of this size, in hex; undefined if what passed is not all of it, from its beginning to its end. */
  of(size: number): string | undefined {
    return this.#inOrder && size === this.#next ? this.#hash.digest('hex') : undefined;
  }
}

/** What is told of a file at its close: its size, and its SHA-256 if it can be had for reasonable work. */
export async function contentOf(
  fd: number,
  digest: Digest,
  passedBytes: number,
): Promise<{ readonly size: number; readonly sha256?: string }> {
  const size = Number((await kernel.fstat(fd, { bigint: true })).size);
  const sha256 = digest.of(size) ?? (await hashed(fd, size, passedBytes));
  return { size, ...(sha256 === undefined ? {} : { sha256 }) };
}

async function hashed(fd: number, size: number, passedBytes: number): Promise<string | undefined> {
  if (size > Math.max(leastCap, 2 * passedBytes)) return undefined;
  let own: number;
  try {
    own = await kernel.open(byDescriptor(fd), fs.constants.O_RDONLY | safely);
  } catch {
    return undefined; // It may be written, and not read.
  }
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, size + 1));
    for (let at = 0; at < size; ) {
      const got = fs.readSync(own, buffer, 0, buffer.length, at);
      if (got === 0) break;
      hash.update(buffer.subarray(0, got));
      at += got;
    }
    return hash.digest('hex');
  } catch {
    return undefined;
  } finally {
    await kernel.close(own);
  }
}
