import { closeSync, constants, open, unlinkSync, utimesSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { GrantId } from '@sallyport/protocol/grant';
import { makeRecordingId, type RecordingId, type RecordingSummary } from '@sallyport/protocol/recording';
import type { IdentityStore } from '../identity/index.ts';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import { plainEnding, type RecordingsFolder } from './folder.ts';
import { Keeping } from './keeping.ts';
import type { Moment } from './moment.ts';
import type { RecordingPolicy } from './policy.ts';
import { type Recording, RecordingFile } from './recording.ts';
import { type Signer, signerOf } from './signer.ts';
import { type Recorder, type RecordingState, type RecordingSubject, unrecorded } from './subject.ts';
import { writerOf } from './writerOf.ts';

/** How often the room on the disk is looked at while something is recorded, in milliseconds. */
const lookMs = 1_000;
/** So much of a disk stays free for the system: a twentieth of it, and at most so many bytes. */
const reserveShare = 0.05;
const reserveBytes = 256 * 1024 * 1024;

export type RecordingsOptions = {
  readonly folder: RecordingsFolder;
  readonly identity: Pick<IdentityStore, 'required'>;
  readonly clock: Clock;
  readonly bootId: string;
  readonly moment: () => Moment;
  readonly policy: () => RecordingPolicy;
  /** Of age: to whom recordings are encrypted once they have ended. */
  readonly recipients?: readonly string[];
  /** The grant that is waiting or open. */
  readonly grant: () => GrantId | undefined;
  readonly log: Log;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};

type Live = { readonly file: RecordingFile; readonly subject: RecordingSubject; closed: Promise<void> };

/** The recordings that this device makes. */
export class Recordings implements Recorder {
  readonly #options: RecordingsOptions;
  readonly #live = new Map<RecordingId, Live>();
  readonly #sealed = new Set<(state: RecordingState) => void>();
  readonly #signer: () => Signer;
  readonly #keeping: Keeping;
  #count: number;
  #low = false;
  /** Bytes that may still be written, by the last look. */
  #room = 0;
  #looking: Timer | undefined;

  constructor(options: RecordingsOptions) {
    this.#options = options;
    this.#signer = signerOf(options.identity);
    this.#keeping = new Keeping({ ...options, signer: this.#signer, isRunning: (id) => this.isRunning(id) });
    // The newest is never removed by us, so the count never goes back.
    this.#count = options.folder.list()[0]?.count ?? 0;
  }

  isRunning(id: RecordingId): boolean {
    return this.#live.has(id);
  }

  /** What is being recorded, and how far it is sealed. */
  running(): RecordingState[] {
    return [...this.#live].flatMap(([id, live]) => {
      const summary = live.file.summary;
      return summary ? [stateOf(id, live.subject, summary)] : [];
    });
  }

  /** Tells of every recording that has ended. */
  onEnded(listener: (state: RecordingState) => void): void {
    this.#sealed.add(listener);
  }

  /** Vouches for all that is recorded until now. */
  sealAll(): void {
    for (const { file } of this.#live.values()) file.seal();
  }

  next(grant: GrantId): RecordingId {
    this.#count += 1;
    return makeRecordingId(this.#count, grant);
  }

  async begin(id: RecordingId, subject: RecordingSubject): Promise<Recording> {
    try {
      await this.#look();
      if (this.#low) throw new Error('the disk is all but full');
      return await this.#begin(id, subject);
    } catch (error) {
      const { log, policy } = this.#options;
      log.error('recording-not-begun-1', { recording: id, error });
      const reason = this.#tellFailed(id, subject, error);
      if (policy().onFull === 'mark') return unrecorded(id);
      throw protocolFail('recording-impossible', { details: { reason }, cause: error, leg: 'device' });
    }
  }

  /** @returns why, in words */
  #tellFailed(id: RecordingId, { session, channel }: RecordingSubject, error: unknown): string {
    const reason = reasonOf(error);
    const { id: of, grant, representative } = session;
    const fields = { grant, session: of, representative, channel, recording: id, reason };
    this.#options.audit('recording-failed-1', fields);
    return reason;
  }

  /** Keeps the quota from now on, and encrypts what is to be encrypted. */
  start(): void {
    this.#keeping.start();
  }

  /** What ends later, as recordings of sessions that are still ending do, is looked at with the next start. */
  stop(): void {
    this.#keeping.stop();
  }

  /** Resolves when every recording that has ended is on the disk. */
  async idle(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ closed }) => closed));
    await this.#keeping.idle();
  }

  async #begin(id: RecordingId, subject: RecordingSubject): Promise<Recording> {
    const { folder, clock, log, policy } = this.#options;
    const path = join(folder.path, `${id}${plainEnding}`);
    const writer = writerOf(id, subject, { ...this.#options, signer: this.#signer() });
    const flags =
      constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const fd = await openFile(path, flags, 0o600);
    try {
      const head = writer.begin();
      if (writeSync(fd, head) !== head.length) throw new Error('the disk took a part of the head');
    } catch (error) {
      closeSync(fd);
      unlinkSync(path);
      throw error;
    }
    let closed = (): void => {};
    const file = new RecordingFile({
      id,
      kind: subject.kind,
      writer,
      fd,
      clock,
      onFull: () => policy().onFull,
      spend: (bytes) => {
        this.#room -= bytes;
        if (this.#room < 0) this.#tellLow(true);
      },
      failed: (error) => {
        log.error('recording-broken-1', { recording: id, error });
        this.#tellFailed(id, subject, error);
      },
      closed: () => {
        this.#date(path);
        this.#live.delete(id);
        this.#keeping.soon();
        closed();
      },
    });
    const whenClosed = new Promise<void>((resolve) => {
      closed = resolve;
    });
    this.#live.set(id, { file, subject, closed: whenClosed });
    this.#keepLooking();
    return this.#tellingOfItsEnd(file, subject);
  }

  /** By its time a recording is removed when it is too old: that of the relay, where the machine's own may be wrong by years. */
  #date(path: string): void {
    const { moment, log } = this.#options;
    const { ms, clock } = moment();
    if (clock !== 'relay') return;
    try {
      utimesSync(path, ms / 1_000, ms / 1_000);
    } catch (error) {
      log.warn('recording-not-dated-1', { error });
    }
  }

  /** The recording itself, but that its end is told. */
  #tellingOfItsEnd(file: RecordingFile, subject: RecordingSubject): Recording {
    let over = false;
    return {
      id: file.id,
      broken: file.broken,
      get held() {
        return file.held;
      },
      onHeld: (listener) => file.onHeld(listener),
      output: (chunk) => file.output(chunk),
      resized: (size) => file.resized(size),
      end: (how) => {
        const summary = file.end(how);
        if (summary && !over) for (const told of this.#sealed) told(stateOf(file.id, subject, summary));
        over = true;
        return summary;
      },
    };
  }

  #keepLooking(): void {
    this.#looking ??= this.#options.clock.after(lookMs, () => {
      this.#looking = undefined;
      if (this.#live.size === 0) return;
      void this.#look()
        .catch((error: unknown) => this.#options.log.warn('disk-not-looked-at-1', { error }))
        .then(() => this.#keepLooking());
    });
  }

  /** Looks how much room there is. */
  async #look(): Promise<void> {
    const { bavail, bsize, blocks } = await statfs(this.#options.folder.path);
    this.#room = bavail * bsize - Math.min(blocks * bsize * reserveShare, reserveBytes);
    this.#tellLow(this.#room < 0);
  }

  #tellLow(low: boolean): void {
    this.#low = low;
    for (const { file } of this.#live.values()) file.diskIsLow(low);
  }
}

const stateOf = (
  id: RecordingId,
  { session }: RecordingSubject,
  summary: RecordingSummary,
): RecordingState => ({
  id,
  grant: session.grant,
  session: session.id,
  ...summary,
});

const openFile = promisify(open) as (path: string, flags: number, mode: number) => Promise<number>;

function reasonOf(error: unknown): string {
  if (error instanceof SallyportError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '') return 'the disk is full';
  return code === 'EROFS' ? 'the disk is read-only' : `error ${code}`;
}
