import type { Readable, Writable } from 'node:stream';
import { fail } from '@sallyport/protocol/errors';
import type { TerminalSize } from '../processes/index.ts';
import type { Recording } from '../recordings/index.ts';
import type { SessionContext } from './context.ts';
import type { Place } from './openChannels.ts';

/** What is started on a channel, as its recording tells it. */
export type Recorded = {
  readonly kind: 'terminal' | 'command';
  /** The line that is run; undefined for a shell. */
  readonly command: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly size: TerminalSize;
};

/**
 * Begins the recording of what a place will show, before anything is started. Ask again then whether it may be.
 *
 * @throws (rejects) recording-impossible
 */
export async function beginRecording(
  { options, session, user }: SessionContext,
  place: Place,
  recorded: Recorded,
): Promise<Recording> {
  const { recorder } = options;
  if (place.recording === undefined) throw fail('internal');
  const recording = await recorder.begin(place.recording, {
    ...recorded,
    session,
    channel: place.id,
    scope: 'terminal',
    runAs: user.name,
  });
  place.record(recording);
  return recording;
}

/**
 * All that `source` gives is recorded and goes to `target`, which stays open; it waits for both. Where it cannot be
 * recorded any more it ends. Resolves when all is handed over, or one of the two is gone.
 */
export function pourRecorded(source: Readable, target: Writable, recording: Recording): Promise<void> {
  return new Promise((resolve) => {
    const goOn = (): void => {
      if (!recording.held && !target.writableNeedDrain) source.resume();
    };
    source.on('data', (chunk: Buffer) => {
      recording.output(chunk);
      if (!target.write(chunk) || recording.held) source.pause();
    });
    target.on('drain', goOn);
    recording.onHeld(goOn);
    void recording.broken.then(() => source.destroy());
    source.once('end', resolve);
    source.once('close', resolve);
    target.once('close', () => {
      source.destroy();
      resolve();
    });
  });
}
