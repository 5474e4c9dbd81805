import type { SallyportError } from '@sallyport/protocol/errors';
import { makeRecordingId, type RecordingEnd, type RecordingId } from '@sallyport/protocol/recording';
import type { TerminalSize } from '../processes/index.ts';
import type { RecordingsDesk } from './desk.ts';
import { usualPolicy } from './policy.ts';
import type { Recorder, RecordingSubject } from './subject.ts';

/** What a test recorded in memory. */
export type Remembered = {
  readonly subject: RecordingSubject;
  output: string;
  readonly sizes: TerminalSize[];
  ended: RecordingEnd | undefined;
  /** The disk takes no more. */
  break(error: SallyportError): void;
  /** The disk does not keep up, or keeps up again. */
  hold(held: boolean): void;
};

/** Records in memory. */
export function memoryRecorder(): Recorder & { readonly all: Map<RecordingId, Remembered> } {
  const all = new Map<RecordingId, Remembered>();
  let count = 0;
  return {
    all,
    next(grant) {
      count += 1;
      return makeRecordingId(count, grant);
    },
    async begin(id, subject) {
      const listeners = new Set<() => void>();
      let held = false;
      let breaks: (error: SallyportError) => void = () => {};
      const broken = new Promise<SallyportError>((resolve) => {
        breaks = resolve;
      });
      const remembered: Remembered = {
        subject,
        output: '',
        sizes: [],
        ended: undefined,
        break: breaks,
        hold(now) {
          held = now;
          for (const listener of listeners) listener();
        },
      };
      all.set(id, remembered);
      return {
        id,
        broken,
        get held() {
          return held;
        },
        onHeld: (listener) => void listeners.add(listener),
        output(chunk) {
          remembered.output += chunk.toString();
        },
        resized: (size) => void remembered.sizes.push(size),
        end(end) {
          remembered.ended ??= end;
          return undefined;
        },
      };
    },
  };
}

/** For tests of other things: there is no recording. */
export const noRecordings: RecordingsDesk = {
  policy: () => usualPolicy,
  setPolicy() {},
  list: async () => [],
  view: () => Promise.reject(new Error('there is no recording')),
  read: () => Promise.reject(new Error('there is no recording')),
  verify: () => Promise.reject(new Error('there is no recording')),
};

/** For an agent that records nothing. */
export const nothingRecorded = { running: () => [], sealAll() {}, onEnded() {} };
