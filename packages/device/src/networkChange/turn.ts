import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock } from '@sallyport/protocol/environment';
import { agentMark, isMarkOfDeadAgent } from '../processes/index.ts';

const fileName = 'network-turn';
/** Who gives no sign for so long hangs: one step takes 30 seconds at most. In milliseconds. */
const hangsMs = 45_000;

/** Another process changes the network at this moment. */
export const busy = Symbol('busy');

/**
 * Whose turn it is to change the network. Agent and keeper do it one at a time, told by a file of the data folder that
 * names who does, and each of them one thing after the other. One that is gone, or gives no sign, has no turn.
 */
export class Turn {
  readonly #file: string;
  readonly #clock: Clock;
  #before: Promise<unknown> = Promise.resolve();
  #seen = { sign: '', atMs: 0 };

  constructor(folder: string, clock: Clock) {
    this.#file = join(folder, fileName);
    this.#clock = clock;
  }

  /**
   * Does it when what this process does before is done.
   *
   * @param work is given what it calls before each step; that throws where another process went on in its place
   */
  take<Result>(work: (sign: () => void) => Promise<Result>): Promise<Result | typeof busy> {
    const result = this.#before.then(async () => {
      if (!this.#begin()) return busy;
      try {
        return await work(() => this.#sign());
      } finally {
        if (this.#holder() === agentMark()) rmSync(this.#file, { force: true });
      }
    });
    this.#before = result.catch(() => {});
    return result;
  }

  #begin(): boolean {
    // Twice: who held it may be gone.
    return this.#make() || (this.#setAside() && this.#make());
  }

  #make(): boolean {
    try {
      writeFileSync(this.#file, agentMark(), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
      // A full disk keeps nobody from getting the network back: what is left of the file is nobody's.
      rmSync(this.#file, { force: true });
      return true;
    }
  }

  /** @returns whether the file was that of one that is gone or hangs, and is away now */
  #setAside(): boolean {
    const holder = this.#holder();
    if (holder === undefined) return true;
    if (holder !== agentMark() && !isMarkOfDeadAgent(holder) && !this.#hangs(holder)) return false;
    rmSync(this.#file, { force: true });
    return true;
  }

  #hangs(holder: string): boolean {
    const sign = `${holder} ${statSync(this.#file, { throwIfNoEntry: false })?.mtimeMs}`;
    const now = this.#clock.monotonicMs();
    if (sign !== this.#seen.sign) this.#seen = { sign, atMs: now };
    return now - this.#seen.atMs >= hangsMs;
  }

  #sign(): void {
    const holder = this.#holder();
    if (holder === undefined) return;
    if (holder !== agentMark()) throw new Error('another process went on with it');
    const at = this.#clock.wallMs() / 1_000;
    utimesSync(this.#file, at, at);
  }

  #holder(): string | undefined {
    try {
      return readFileSync(this.#file, 'latin1').slice(0, 100);
    } catch {
      return undefined;
    }
  }
}
