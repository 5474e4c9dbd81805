import type { Clock, Random } from '@sallyport/protocol/environment';
import { fail, SallyportError } from '@sallyport/protocol/errors';
import type { ResumableStream } from '@sallyport/protocol/stream';
import { pause } from '../clock/pause.ts';
import { waitMs } from './backoff.ts';

/** A try that takes longer is given up for the next. */
const tryMs = 40_000;
/** What does not end a session although the same try might fail again: the way to the relay may only be a bad Wi-Fi's. */
const ofTheWay = new Set(['relay-not-ours', 'internal', 'message-malformed', 'message-too-large']);

export type Reconnect = {
  readonly stream: ResumableStream;
  readonly clock: Clock;
  readonly random: Random;
  /** `clock.bootMs()` at which the grant is over whatever became of it: then nobody is looked for any more. */
  readonly endsAtBootMs: number;
  /** One try: a new connection, and the stream attached to it. */
  readonly resume: (signal: AbortSignal) => Promise<void>;
  /** Told once, when the session cannot go on. */
  readonly onGivenUp: (error: SallyportError) => void;
};

/**
 * Keeps a stream connected (design, section 4, step 7): whenever it is suspended it is resumed, the first time at once,
 * then after ever longer waits, until the grant is over or the answer is a refusal. After `hurry` it is tried at once: the
 * network has changed, and what failed may work.
 */
export function keepConnected(reconnect: Reconnect): { readonly hurry: () => void } {
  const { stream, clock, random } = reconnect;
  let running = false;
  let hurried = new AbortController();
  const stop = new AbortController();
  stream.once('close', () => stop.abort(fail('session-closed')));

  const run = async (): Promise<void> => {
    for (let failures = 0; stream.state === 'suspended'; failures += 1) {
      try {
        const wait = AbortSignal.any([stop.signal, hurried.signal]);
        await pause(clock, waitMs(failures, random), wait).catch(() => stop.signal.throwIfAborted());
        if (hurried.signal.aborted) {
          hurried = new AbortController();
          failures = 0;
        }
        await withDeadline(clock, stop.signal, reconnect.resume);
      } catch (error) {
        if (stop.signal.aborted) return;
        const over = finalError(error, clock.bootMs() >= reconnect.endsAtBootMs);
        if (over) return reconnect.onGivenUp(over);
      }
    }
  };
  stream.on('suspended', () => {
    if (running) return;
    running = true;
    run().finally(() => {
      running = false;
    });
  });
  return { hurry: () => hurried.abort() };
}

/** The error that ends a session, if this failure of a try does. */
export function finalError(error: unknown, grantIsOver: boolean): SallyportError | undefined {
  if (grantIsOver) return fail('grant-ended', { cause: error, leg: 'device' });
  if (!(error instanceof SallyportError)) return undefined;
  return error.row.retryable || ofTheWay.has(error.code) ? undefined : error;
}

async function withDeadline(
  clock: Clock,
  stop: AbortSignal,
  act: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const deadline = new AbortController();
  const timer = clock.after(tryMs, () =>
    deadline.abort(fail('timed-out', { details: { seconds: tryMs / 1_000 } })),
  );
  try {
    await act(AbortSignal.any([stop, deadline.signal]));
  } finally {
    timer.cancel();
  }
}
