import type { GrantId, Scope, StreamId } from '@sallyport/protocol/grant';
import type { RecordingHead, RecordingId, RecordingSummary } from '@sallyport/protocol/recording';
import type { ChannelSession } from '../channels/index.ts';
import type { TerminalSize } from '../processes/index.ts';
import type { Recording } from './recording.ts';

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

/** A recording at one of its seals, with whose it is. */
export type RecordingState = RecordingSummary & {
  readonly id: RecordingId;
  readonly grant: GrantId;
  readonly session: StreamId;
};

/** By the policy it goes on although nothing can be recorded. The audit log says so. */
export function unrecorded(id: RecordingId): Recording {
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
