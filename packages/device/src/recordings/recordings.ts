import { createPrivateKey, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { closeSync, constants, open, unlinkSync, writeSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, Scope, StreamId } from '@sallyport/protocol/grant';
import {
  type ClockState,
  makeRecordingId,
  type RecordingHead,
  type RecordingId,
  type RecordingSummary,
  RecordingWriter,
} from '@sallyport/protocol/recording';
import type { ChannelSession } from '../channels/index.ts';
import type { DeviceIdentity, IdentityStore } from '../identity/index.ts';
import { boundedSize, type TerminalSize } from '../processes/index.ts';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import { plainEnding, type RecordingsFolder } from './folder.ts';
import { lockRecording } from './lock.ts';
import type { RecordingPolicy } from './policy.ts';
import { keepQuota } from './quota.ts';
import { type Recording, RecordingFile } from './recording.ts';

/** How often the room on the disk is looked at while something is recorded, in milliseconds. */
const lookMs = 1_000;
/** So much of a disk stays free for the system: a twentieth of it, and at most so many bytes. */
const reserveShare = 0.05;
const reserveBytes = 256 * 1024 * 1024;

/** How often the quota is looked at, and how soon after a recording has ended. In milliseconds. */
const keepMs = 3_600_000;
const keepSoonMs = 2_000;

/** What is to be recorded. */
export type RecordingSubject = {
  readonly session: Pick<ChannelSession, 'id' | 'grant' | 'representative' | 'keySha256' | 'reference'>;
  readonly channel: number;
  readonly kind: RecordingHead['kind'];
  readonly scope: Scope;
  /** The line that is run; undefined for a shell. */
  readonly command: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  /** The name of the user that it runs as. */
  readonly runAs: string;
  readonly size: TerminalSize;
};

/** Records what terminals and commands show. */
export type Recorder = {
  /** A name for the next recording; nothing is written yet. */
  next(grant: GrantId): RecordingId;
  /**
   * Begins a recording: its head is on the disk when this resolves.
   *
   * @throws (rejects) recording-impossible; not where the policy is to go on with a mark
   */
  begin(id: RecordingId, subject: RecordingSubject): Promise<Recording>;
};

/** UTC by the best clock there is, in milliseconds since 1970, and which one that is. */
export type Moment = { readonly ms: number; readonly clock: ClockState };

/** A recording at one of its seals, with whose it is. */
export type RecordingState = RecordingSummary & {
  readonly id: RecordingId;
  readonly grant: GrantId;
  readonly session: StreamId;
};

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
  #count: number;
  #signer: { readonly pem: string; readonly key: KeyObject } | undefined;
  #low = false;
  /** Bytes that may still be written, by the last look. */
  #room = 0;
  #looking: Timer | undefined;
  #keeping: Timer | undefined;
  #stopped = false;
  #locking: Promise<void> = Promise.resolve();

  constructor(options: RecordingsOptions) {
    this.#options = options;
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
      const { log, audit, policy } = this.#options;
      log.error('recording-not-begun-1', { recording: id, error });
      const { id: session, grant, representative } = subject.session;
      const reason = reasonOf(error);
      audit('recording-failed-1', {
        grant,
        session,
        representative,
        channel: subject.channel,
        recording: id,
        reason,
      });
      if (policy().onFull === 'mark') return unrecorded(id);
      throw protocolFail('recording-impossible', { details: { reason }, cause: error, leg: 'device' });
    }
  }

  /** Keeps the quota from now on, and encrypts what is to be encrypted. */
  start(): void {
    this.#stopped = false;
    this.#keep();
  }

  /** What ends later, as recordings of sessions that are still ending do, is looked at with the next start. */
  stop(): void {
    this.#stopped = true;
    this.#keeping?.cancel();
  }

  #keepSoon(ms: number): void {
    this.#keeping?.cancel();
    if (this.#stopped) return;
    this.#keeping = this.#options.clock.after(ms, () => this.#keep());
  }

  #keep(): void {
    const { folder, policy, grant, moment, audit, log, recipients = [] } = this.#options;
    const { ms, clock } = moment();
    try {
      const nowMs = clock === 'relay' ? ms : undefined;
      const isRunning = (id: RecordingId): boolean => this.isRunning(id);
      for (const { why, files, bytes } of keepQuota(folder, {
        policy: policy(),
        grant: grant(),
        isRunning,
        nowMs,
      })) {
        audit('recordings-removed-1', { count: files.length, bytes, upTo: files.at(-1)?.id, why });
      }
      if (recipients.length > 0) this.#locking = this.#locking.then(() => this.#lock(recipients));
    } catch (error) {
      log.error('recordings-not-kept-1', { error });
    }
    this.#keepSoon(keepMs);
  }

  /** One after the other. */
  async #lock(recipients: readonly string[]): Promise<void> {
    const { folder, moment, log } = this.#options;
    for (const file of folder.list()) {
      if (file.locked || this.isRunning(file.id)) continue;
      try {
        const { sign: signed } = this.#signing();
        await lockRecording(file, { recipients, sign: signed, at: iso(moment().ms) });
      } catch (error) {
        log.error('recording-not-encrypted-1', { recording: file.id, error });
      }
    }
  }

  /** Resolves when every recording that has ended is on the disk. */
  async idle(): Promise<void> {
    await Promise.all([...this.#live.values()].map(({ closed }) => closed));
    await this.#locking;
  }

  async #begin(id: RecordingId, subject: RecordingSubject): Promise<Recording> {
    const { folder, clock, log, audit, policy } = this.#options;
    const path = join(folder.path, `${id}${plainEnding}`);
    const writer = this.#writer(id, subject);
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
    const { id: session, grant, representative } = subject.session;
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
        const reason = reasonOf(error);
        audit('recording-failed-1', {
          grant,
          session,
          representative,
          channel: subject.channel,
          recording: id,
          reason,
        });
      },
      closed: () => {
        this.#live.delete(id);
        this.#keepSoon(keepSoonMs);
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

  #writer(id: RecordingId, subject: RecordingSubject): RecordingWriter {
    const { clock, bootId, moment } = this.#options;
    const { own, sign: signed } = this.#signing();
    const certificate = new X509Certificate(own.tls.certificate).raw.toString('base64');
    const { ms, clock: state } = moment();
    const { session, size } = subject;
    const head: RecordingHead = {
      v: 1,
      recording: id,
      device: own.id,
      grant: session.grant,
      ...(session.reference === undefined ? {} : { reference: session.reference }),
      session: session.id,
      channel: subject.channel,
      representative: session.representative,
      keySha256: session.keySha256,
      scope: subject.scope,
      kind: subject.kind,
      runAs: subject.runAs,
      at: iso(ms),
      clock: state,
      ownClock: iso(clock.wallMs()),
      bootMs: Math.round(clock.bootMs()),
      boot: bootId,
      certificate,
      ...boundedSize(size),
      term: subject.kind === 'terminal' ? subject.environment['TERM'] : undefined,
      command: subject.command,
      environment: subject.environment,
    };
    return new RecordingWriter({
      head,
      sign: signed,
      now: () => ({ at: iso(moment().ms), bootMs: clock.bootMs() }),
    });
  }

  /** The device, and its signature. */
  #signing(): { readonly own: DeviceIdentity; readonly sign: (text: string) => Buffer } {
    const own = this.#options.identity.required();
    if (this.#signer?.pem !== own.tls.key) {
      this.#signer = { pem: own.tls.key, key: createPrivateKey(own.tls.key) };
    }
    const { key } = this.#signer;
    return { own, sign: (text) => sign('sha256', Buffer.from(text), key) };
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

const iso = (ms: number): string => new Date(Math.round(ms)).toISOString();

const openFile = promisify(open) as (path: string, flags: number, mode: number) => Promise<number>;

function reasonOf(error: unknown): string {
  if (error instanceof SallyportError) return error.message;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === '') return 'the disk is full';
  return code === 'EROFS' ? 'the disk is read-only' : `error ${code}`;
}

/** By the policy it goes on although nothing can be recorded. The audit log says so. */
function unrecorded(id: RecordingId): Recording {
  return {
    id,
    held: false,
    onHeld() {},
    broken: new Promise(() => {}),
    output() {},
    resized() {},
    end: () => undefined,
  };
}
