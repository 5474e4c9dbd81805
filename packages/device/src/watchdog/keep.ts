import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import { agentMark, childDescriptors } from '../processes/index.ts';
import { leftLine, offLine } from './words.ts';

/** How often the agent says that it lives. */
const sayEveryMs = 250;
/** A watchdog that ended is followed by another one after so long. */
const restartMs = 1_000;
/** What may wait to be read by a watchdog that hangs itself, in bytes. */
const unreadCap = 16 * 1024;

export type WatchdogOptions = {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Log;
  /** What is left of the grant, in milliseconds; undefined without one: then there is no watchdog. */
  readonly leftMs: () => number | undefined;
};

/** Keeps a watchdog beside this agent for as long as there is a grant, and tells it that the agent lives. */
export function keepWatchdog(options: WatchdogOptions): { changed(): void; stop(): void } {
  const { folder, clock, log, leftMs } = options;
  let child: ChildProcess | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  let timer: Timer | undefined;
  let stopped = false;

  const start = (): void => {
    if (clock.monotonicMs() - startedAtMs < restartMs) return;
    startedAtMs = clock.monotonicMs();
    const failed = (error: unknown): void => log.error('watchdog-not-started-1', { error });
    let one: ChildProcess;
    try {
      one = startWatchdog(folder);
    } catch (error) {
      failed(error);
      return;
    }
    child = one;
    one.unref();
    one.stdin?.on('error', () => {});
    one.once('error', (error) => {
      // No `exit` follows: it is tried again.
      if (child === one) child = undefined;
      failed(error);
    });
    one.once('exit', (code, signal) => {
      if (child !== one) return;
      child = undefined;
      log.warn('watchdog-ended-1', { code, signal });
    });
  };
  const end = (): void => {
    const one = child;
    child = undefined;
    one?.stdin?.end(offLine);
  };
  const say = (): void => {
    timer?.cancel();
    const left = leftMs();
    if (left === undefined) end();
    if (left === undefined || stopped) return;
    if (!child) start();
    if (child?.stdin && child.stdin.writableLength < unreadCap) child.stdin.write(leftLine(left));
    timer = clock.after(sayEveryMs, say);
  };
  say();
  return {
    changed: say,
    stop: () => {
      stopped = true;
      timer?.cancel();
      end();
    },
  };
}

/** @throws EMFILE and the like; or the child says so by its 'error' */
function startWatchdog(folder: string): ChildProcess {
  return spawn(
    process.execPath,
    [
      ...['--disable-warning=ExperimentalWarning', '--max-old-space-size=32', '--max-semi-space-size=1'],
      ...['--require', createRequire(import.meta.url).resolve('@sallyport/runtime/compiled')],
      ...[join(import.meta.dirname, 'main.ts'), folder, String(process.pid), agentMark()],
    ],
    // In a session of its own: what a terminal sends to the agent is not for the watchdog.
    { stdio: childDescriptors(['pipe', 'ignore', 'ignore']), env: cacheHome(), cwd: '/', detached: true },
  );
}

/** Where its compiled code is kept: without it the compiler for TypeScript would be 10 MB of it. */
function cacheHome(): NodeJS.ProcessEnv {
  const { HOME, XDG_CACHE_HOME } = process.env;
  return { ...(HOME ? { HOME } : {}), ...(XDG_CACHE_HOME ? { XDG_CACHE_HOME } : {}) };
}
