import type { TerminalSize } from '../processes/index.ts';

/** What a terminal has shown last, and is shown to whoever begins to watch: several screens. In bytes. */
const keptBytes = 256 * 1024;

/** What somebody who watches is told, in order. */
export type TerminalWatcher = {
  output(bytes: Buffer): void;
  resized(size: TerminalSize): void;
  ended(): void;
};

/**
 * What one terminal shows, for people who watch it. Read only: nothing leads from here to the terminal. While nobody
 * watches it costs the references to what was shown last.
 */
export class TerminalTap {
  readonly #watchers = new Set<TerminalWatcher>();
  readonly #changed: () => void;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #size: TerminalSize;
  #over = false;

  /** @param changed told when the first one begins to watch, and when the last one has stopped */
  constructor(size: TerminalSize, changed: () => void) {
    this.#size = size;
    this.#changed = changed;
  }

  get size(): TerminalSize {
    return this.#size;
  }

  /** How many people watch. */
  get watchers(): number {
    return this.#watchers.size;
  }

  get watched(): boolean {
    return this.watchers > 0;
  }

  /** What was shown last, `keptBytes` or a little more of it. It may begin in the middle of a sequence. */
  shown(): Buffer {
    return Buffer.concat(this.#kept, this.#keptBytes);
  }

  watch(watcher: TerminalWatcher): () => void {
    if (this.#over) {
      watcher.ended();
      return () => {};
    }
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#changed();
    return () => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#changed();
    };
  }

  output(bytes: Buffer): void {
    this.#kept.push(bytes);
    this.#keptBytes += bytes.length;
    this.#forget();
    for (const watcher of this.#watchers) watcher.output(bytes);
  }

  /** Drops whole pieces from the front; many small ones become one, so that they cost no more than they hold. */
  #forget(): void {
    let drop = 0;
    for (const piece of this.#kept) {
      if (this.#keptBytes - piece.length < keptBytes) break;
      this.#keptBytes -= piece.length;
      drop += 1;
    }
    if (drop > 0) this.#kept.splice(0, drop);
    if (this.#kept.length <= 1_024) return;
    this.#kept = [this.shown().subarray(-keptBytes)];
    this.#keptBytes = this.#kept[0]?.length ?? 0;
  }

  resized(size: TerminalSize): void {
    this.#size = size;
    for (const watcher of this.#watchers) watcher.resized(size);
  }

  end(): void {
    this.#over = true;
    for (const watcher of [...this.#watchers]) watcher.ended();
    const watched = this.watched;
    this.#watchers.clear();
    if (watched) this.#changed();
  }
}
