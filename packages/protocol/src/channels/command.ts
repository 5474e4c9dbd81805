/**
 * The bytes of the channel `command`: a program without a terminal, its three streams apart. Numbers are big-endian and
 * unsigned. One byte of type, then:
 *
 * ```
 *           0     1     2     3     4
 * START     0  |  length u24     |  JSON: the line for the shell, and variables of the environment
 * INPUT     1  |  length u24     |  bytes of standard input …
 * OUTPUT    2  |  length u24     |  bytes of standard output …
 * ERRORS    3  |  length u24     |  bytes of standard error …
 * EXIT      4  |  length u24     |  JSON: how it ended
 * ```
 *
 * The representative sends START, once and first, then INPUT; the end of their half is the end of the input. The device
 * sends OUTPUT and ERRORS, then EXIT, and ends its half. START may come with the request, before it is answered. Bytes
 * have any length, since what is read of them is passed on at once; JSON has 64 KiB at most.
 */
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { parseJson } from '../wire/index.ts';

export const commandFrame = { start: 0, input: 1, output: 2, errors: 3, exit: 4 } as const;
export type CommandFrame = keyof typeof commandFrame;

const headerBytes = 4;
const longestBytes = 2 ** 24 - 1;
/** The most of a START or an EXIT, without its header. */
export const commandJsonCap = 64 * 1024;

/** A packet of SSH takes a line of this length, and no program can be told a NUL. */
const line = z
  .string()
  .max(35_000)
  .refine((text) => !text.includes('\0'));
export const commandStartSchema = z.object({
  line,
  environment: z.record(z.string().max(64), z.string().max(4_096)).default({}),
});
export type CommandStart = z.input<typeof commandStartSchema>;

/** A status, or the name of a signal such as `SIGTERM`. */
export const commandExitSchema = z.union([
  z.object({ code: z.number().int() }),
  z.object({ signal: z.string().max(32) }),
]);
export type CommandExit = z.output<typeof commandExitSchema>;

/** The header of a frame with so many bytes. */
export function commandHeader(type: CommandFrame, length: number): Buffer {
  const header = Buffer.allocUnsafe(headerBytes);
  // The length in 24 bits, with the type in the eight above them.
  header.writeUInt32BE(commandFrame[type] * 2 ** 24 + length, 0);
  return header;
}

function jsonFrame(type: CommandFrame, content: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(content));
  if (text.length > commandJsonCap) throw fail('message-too-large', { details: { cap: commandJsonCap } });
  return Buffer.concat([commandHeader(type, text.length), text]);
}

/** @throws message-too-large */
export const encodeCommandStart = (start: CommandStart): Buffer => jsonFrame('start', start);
export const encodeCommandExit = (exit: CommandExit): Buffer => jsonFrame('exit', exit);

/** What one end learns. */
export type CommandFrameHandler = {
  /** The next bytes of a frame of bytes, a part of the chunk that was read. */
  onBytes(type: 'input' | 'output' | 'errors', piece: Buffer): void;
  onJson(type: 'start' | 'exit', content: unknown): void;
};

const malformed = (reason: string): Error => fail('message-malformed', { details: { reason } });

/** Reads the frames that one end takes, cut anywhere. Nothing is kept but a header that was cut, and JSON. */
export class CommandFrameReader {
  readonly #handler: CommandFrameHandler;
  readonly #takes: readonly CommandFrame[];
  readonly #header: Buffer = Buffer.allocUnsafe(headerBytes);
  #headerHas = 0;
  #type: CommandFrame = 'start';
  #left = 0;
  #json: Buffer[] = [];

  constructor(takes: readonly CommandFrame[], handler: CommandFrameHandler) {
    this.#takes = takes;
    this.#handler = handler;
  }

  /** @throws message-malformed, message-too-large: the channel is of no use then */
  read(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left === 0) {
        const copied = chunk.copy(this.#header, this.#headerHas, at, at + headerBytes - this.#headerHas);
        this.#headerHas += copied;
        at += copied;
        if (this.#headerHas === headerBytes) this.#begin();
      } else {
        const piece = chunk.subarray(at, at + this.#left);
        at += piece.length;
        this.#left -= piece.length;
        this.#take(piece);
      }
    }
  }

  #begin(): void {
    this.#headerHas = 0;
    const type = this.#takes.find((name) => commandFrame[name] === this.#header[0]);
    if (type === undefined) throw malformed(`a frame of the type ${this.#header[0]}`);
    this.#type = type;
    this.#left = this.#header.readUIntBE(1, 3);
    if ((type === 'start' || type === 'exit') && this.#left > commandJsonCap)
      throw fail('message-too-large', { details: { cap: commandJsonCap } });
    if (this.#left === 0 && (type === 'start' || type === 'exit')) throw malformed('a frame without JSON');
  }

  #take(piece: Buffer): void {
    const type = this.#type;
    if (type !== 'start' && type !== 'exit') {
      this.#handler.onBytes(type, piece);
      return;
    }
    this.#json.push(piece);
    if (this.#left > 0) return;
    this.#handler.onJson(type, parseJson(Buffer.concat(this.#json.splice(0))));
  }
}

/** In how many frames of bytes a chunk goes out: one, unless it is larger than any pipe gives. */
export function* commandBytes(type: 'input' | 'output' | 'errors', chunk: Buffer): Generator<Buffer> {
  for (let at = 0; at < chunk.length; at += longestBytes) {
    const piece = chunk.subarray(at, at + longestBytes);
    yield commandHeader(type, piece.length);
    yield piece;
  }
}
