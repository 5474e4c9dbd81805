/**
 * Has V8 let go of the buffers that bytes pass through, before it looks for memory the long way.
 *
 * Each layer of TLS and HTTP/2 puts the bytes into a new buffer, which is garbage within a millisecond. V8 sees little
 * of it: the objects are small, so that no collection of young objects is due; but their bytes count as pressure, and
 * for every 64 MiB of them, that is about every 10 MB of a copy, it goes through *all* of its memory. Half of the
 * processor time of agent, relay and CLI went there. A collection of the young objects alone takes a
 * millisecond, and frees the same buffers. It has to be asked for: `--expose-gc`, which the programs are started with.
 */

type Collect = (options: { type: 'minor' }) => void;

/** So much may pass between two collections. Well above what is under way at one time, so that little of it gets old. */
const usualEveryBytes = 8 * 1024 * 1024;

/**
 * Counts bytes that pass, and collects when there were enough of them. Not at once: whoever tells of them may be in the
 * middle of using them.
 */
export function makeYoungCollector(
  collect: Collect,
  everyBytes: number = usualEveryBytes,
): (bytes: number) => void {
  let passed = 0;
  let isDue = false;
  const collectNow = (): void => {
    isDue = false;
    passed = 0;
    collect({ type: 'minor' });
  };
  return (bytes) => {
    passed += bytes;
    if (passed < everyBytes || isDue) return;
    isDue = true;
    setImmediate(collectNow);
  };
}

const { gc } = globalThis as { gc?: Collect };

/** Tells that so many bytes went through this process. Does nothing in a process without `--expose-gc`. */
export const passedThrough: (bytes: number) => void = gc ? makeYoungCollector(gc) : () => {};
