import { SallyportError } from '@sallyport/protocol/errors';
import { ProcessesLeft, tellLeft } from '../processes/index.ts';

/** More of them are nothing that anybody looks for. */
const mostPids = 1_000;

/** Processes of sessions that have ended, which did not end with them: an administrator has to know of them. */
export class LeftBehind {
  readonly #isRunning: (pid: number) => boolean;
  readonly #pids = new Set<number>();
  /** It could not be looked which they were. */
  #unseen = false;

  constructor(isRunning: (pid: number) => boolean = isThere) {
    this.#isRunning = isRunning;
  }

  /** @returns whether the failure of an end was that; any other is not for here */
  add(error: unknown): boolean {
    const cause = error instanceof SallyportError ? error.cause : error;
    if (!(cause instanceof ProcessesLeft)) return false;
    if (cause.pids.length === 0) this.#unseen = true;
    for (const pid of cause.pids) if (this.#pids.size < mostPids) this.#pids.add(pid);
    return true;
  }

  /** `processes-left`, with those that are there still; undefined when all have gone. */
  error(): SallyportError | undefined {
    for (const pid of this.#pids) if (!this.#isRunning(pid)) this.#pids.delete(pid);
    if (this.#pids.size === 0 && !this.#unseen) return undefined;
    const told = tellLeft(new ProcessesLeft([...this.#pids]));
    return told instanceof SallyportError ? told : undefined;
  }

  /** What nobody could name is not told of for ever. */
  clear(): void {
    this.#unseen = false;
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is, and the agent may not touch it.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
