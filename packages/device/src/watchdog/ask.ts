import { connect } from 'node:net';
import type { Clock } from '@sallyport/protocol/environment';
import { isNobody, withSocketPath } from '../api/socketPath.ts';
import { type AnswerWord, answerWords, disableWord, lineCap, watchdogSocket } from './words.ts';

/** So long the agent may take for an answer before its watchdog is asked, and asked again. */
const patienceMs = 1_000;

/**
 * Disables by way of the watchdog, should the agent have hung. Waits a second for the agent first.
 *
 * @returns true when everything has ended; false when `signal` aborts, or there is no watchdog
 */
export async function disableByWatchdog(folder: string, clock: Clock, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    await new Promise<void>((resolve) => {
      const timer = clock.after(patienceMs, resolve);
      signal.addEventListener('abort', () => {
        timer.cancel();
        resolve();
      });
    });
    if (signal.aborted) return false;
    const answer = await ask(folder, signal);
    if (answer === 'ended') return true;
    if (answer === 'nobody') return false;
  }
  return false;
}

/** @returns undefined when somebody is there and hangs up, as for want of a descriptor: that is no answer */
function ask(folder: string, signal: AbortSignal): Promise<AnswerWord | 'nobody' | undefined> {
  return withSocketPath(
    folder,
    watchdogSocket,
    (path, done) =>
      new Promise((resolve) => {
        // One that hangs itself holds nobody up whom the agent has answered meanwhile.
        const socket = connect({ path, signal });
        let text = '';
        let nobody = false;
        socket.once('connect', () => {
          done();
          socket.write(`${disableWord}\n`);
        });
        socket.setEncoding('utf8').on('data', (chunk: string) => {
          text = `${text}${chunk}`.slice(0, lineCap);
        });
        socket.on('error', (error) => {
          nobody = isNobody(error);
          done();
        });
        socket.once('close', () =>
          resolve(nobody ? 'nobody' : answerWords.find((word) => text === `${word}\n`)),
        );
      }),
  );
}
