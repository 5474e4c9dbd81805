import { createHash, verify, type X509Certificate } from 'node:crypto';
import { SallyportError } from '../errors/index.ts';
import { headCap, parseHead, type RecordingHead } from './head.ts';
import { type ParsedSeal, parseSeal, type Seal, sealCap, sealMark } from './seal.ts';

/** What somebody noted of a recording elsewhere, such as the relay: how many of its bytes, and their SHA-256. */
export type NotedHead = Pick<Seal, 'bytes' | 'sha256'>;

export const verdicts = ['intact', 'truncated', 'tampered'] as const;

/**
 * What is found of a recording. `line` counts from 1: of a truncated one, the first line that nothing vouches for; of
 * a tampered one, where the change is, up to `to`.
 */
export type RecordingVerdict = {
  readonly verdict: (typeof verdicts)[number];
  readonly line?: number;
  readonly to?: number;
  /** A sentence. */
  readonly text: string;
  readonly head?: RecordingHead;
  /** What the last good seal vouches for. */
  readonly sealed?: Seal;
  readonly lines: number;
  readonly bytes: number;
};

type Finding = { readonly line: number; readonly to?: number; readonly text: string };

const [newline, comment] = [10, 35];
/** Seals of which only the last signature is looked at, while it is right: to verify one takes as long as to hash 100 KB. */
const settledAtOnce = 64;
const notSigned = 'The signature of this seal is not that of the device.';

/**
 * Looks whether a recording is as its device wrote it. Give it all bytes of the file in order, in pieces of any size: it
 * keeps no more than one line of its head, or a seal.
 */
export class RecordingVerifier {
  readonly #hash = createHash('sha256');
  readonly #trusted: (head: RecordingHead) => X509Certificate | string;
  readonly #noted: Map<number, string>;
  #signer: X509Certificate | undefined;
  #head: RecordingHead | undefined;
  #firstLine = '';
  #sealed: Seal | undefined;
  /** Seals that are right but for their signatures, which were not looked at yet. */
  #pending: { readonly line: number; readonly parsed: ParsedSeal; readonly before: Seal | undefined }[] = [];
  #tampered: Finding | undefined;
  #lines = 0;
  #bytes = 0;
  /** Of the line that is not complete. Kept is what may be the head, or a seal. */
  #lineBytes = 0;
  #keeps = true;
  #kept: Buffer[] = [];

  /**
   * @param options.trusted whose signatures count for a recording that says so of itself; or a sentence why nobody's do
   * @param options.noted what others noted of it
   */
  constructor(options: {
    readonly trusted: (head: RecordingHead) => X509Certificate | string;
    readonly noted?: readonly NotedHead[];
  }) {
    this.#trusted = options.trusted;
    this.#noted = new Map(options.noted?.map(({ bytes, sha256 }) => [bytes, sha256]));
  }

  /** Nothing that still comes can change the verdict. */
  get decided(): boolean {
    return this.#tampered !== undefined;
  }

  write(chunk: Buffer): void {
    if (this.#sealed?.end && chunk.length > 0) this.#tamper('There is something after its end.');
    let hashed = 0;
    for (let from = 0; from < chunk.length && !this.decided; ) {
      const found = chunk.indexOf(newline, from);
      const end = found < 0 ? chunk.length : found + 1;
      if (this.#lineBytes === 0) this.#keeps = this.#lines < 2 || chunk[from] === comment;
      if (this.#keeps) {
        this.#hash.update(chunk.subarray(hashed, from));
        this.#keep(chunk.subarray(from, end));
        hashed = end;
      }
      this.#lineBytes += end - from;
      if (found >= 0) this.#endLine();
      from = end;
    }
    this.#hash.update(chunk.subarray(hashed));
  }

  #keep(piece: Buffer): void {
    this.#kept.push(Buffer.from(piece));
    if (this.#lineBytes + piece.length <= (this.#lines < 2 ? headCap : sealCap)) return;
    if (this.#lines < 2) this.#tamper('Its head is too long.');
    // A comment of somebody else's.
    this.#keeps = false;
    this.#release();
  }

  #release(): void {
    for (const piece of this.#kept) this.#hash.update(piece);
    this.#kept = [];
  }

  #endLine(): void {
    if (this.#sealed?.end) this.#tamper('There is something after its end.');
    else if (this.#keeps) this.#read(Buffer.concat(this.#kept).toString('utf8', 0, this.#lineBytes - 1));
    if (this.decided) return;
    this.#release();
    this.#lines += 1;
    this.#bytes += this.#lineBytes;
    this.#lineBytes = 0;
  }

  #read(line: string): void {
    if (this.#lines === 0) this.#firstLine = line;
    else if (this.#lines === 1) this.#readHead(line);
    else if (line.startsWith(sealMark)) this.#readSeal(line);
  }

  #readHead(line: string): void {
    try {
      this.#head = parseHead(this.#firstLine, line);
      const trusted = this.#trusted(this.#head);
      if (typeof trusted === 'string') this.#tamper(trusted);
      else this.#signer = trusted;
    } catch (error) {
      if (!(error instanceof SallyportError)) throw error;
      this.#tamper(error.message, 1);
    }
  }

  #readSeal(line: string): void {
    const parsed = parseSeal(line);
    const fault = parsed && this.#faultOf(parsed.seal);
    if (!parsed || fault !== undefined) {
      this.#settle();
      if (!parsed || !this.#isSigned(parsed)) this.#tamper(notSigned);
      else this.#tamper(fault ?? '', this.#firstOpen);
      return;
    }
    const { seal } = parsed;
    this.#noted.delete(seal.bytes);
    this.#pending.push({ line: this.#lines + 1, parsed, before: this.#sealed });
    this.#sealed = seal;
    if (this.#pending.length >= settledAtOnce) this.#settle();
  }

  #isSigned({ signed, signature }: ParsedSeal): boolean {
    const key = this.#signer?.publicKey;
    return key !== undefined && verify('sha256', Buffer.from(signed), key, signature);
  }

  /** The signature of the last one vouches for the others, whose lines are before it; if it is not right, which is the first? */
  #settle(): void {
    const pending = this.#pending;
    this.#pending = [];
    const last = pending.at(-1);
    if (!last || this.#isSigned(last.parsed)) return;
    const wrong = pending.find(({ parsed }) => !this.#isSigned(parsed)) ?? last;
    this.#sealed = wrong.before;
    this.#tampered ??= { line: wrong.line, text: notSigned };
  }

  #faultOf({ seal, bytes, lines, sha256 }: Seal): string | undefined {
    const own = this.#hash.copy().digest('hex');
    if (sha256 !== own || lines !== this.#lines || bytes !== this.#bytes)
      return 'The lines are not those that the device sealed.';
    if (seal !== (this.#sealed?.seal ?? 0) + 1) return 'A seal that came before this one is missing.';
    const noted = this.#noted.get(bytes);
    if (noted !== undefined && noted !== own) return 'The lines are not those that were noted elsewhere.';
    return undefined;
  }

  /** The first line that no seal vouches for. */
  get #firstOpen(): number {
    return this.#sealed ? this.#sealed.lines + 2 : 1;
  }

  #tamper(text: string, from = this.#lines + 1): void {
    const line = this.#lines + 1;
    this.#tampered ??= { line: from, ...(from < line ? { to: line } : {}), text };
  }

  /** After the last byte. */
  end(): RecordingVerdict {
    this.#settle();
    const common = {
      ...(this.#head ? { head: this.#head } : {}),
      ...(this.#sealed ? { sealed: this.#sealed } : {}),
      lines: this.#lines,
      bytes: this.#bytes + this.#lineBytes,
    };
    const sealed = this.#sealed;
    if (this.#lineBytes > 0 && sealed?.end) this.#tamper('There is something after its end.');
    const [noted] = [...this.#noted.keys()].sort((one, other) => one - other);
    if (noted !== undefined && noted <= (sealed?.bytes ?? 0))
      this.#tampered ??= { line: 1, to: this.#lines, text: 'It is not the one that was noted elsewhere.' };
    if (this.#tampered) return { verdict: 'tampered', ...this.#tampered, ...common };
    if (!sealed?.end || noted !== undefined) {
      const text =
        noted === undefined
          ? 'It has no end: it was cut, or its writing was.'
          : 'More of it was noted elsewhere than there is: it was cut.';
      return { verdict: 'truncated', line: this.#firstOpen, text, ...common };
    }
    return {
      verdict: 'intact',
      text: 'It is as the device wrote it, from its first line to its end.',
      ...common,
    };
  }
}
