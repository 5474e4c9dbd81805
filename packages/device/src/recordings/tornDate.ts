import { closeSync, constants, openSync, readSync, statSync, utimesSync } from 'node:fs';
import { SallyportError } from '@sallyport/protocol/errors';
import type { RecordingId } from '@sallyport/protocol/recording';
import { headCap, parseHead, parseSeal } from '@sallyport/protocol/recording';
import type { RecordingsFolder } from './folder.ts';

const dayMs = 86_400_000;
const tailBytes = 4 * 1024;

/**
 * Dates recordings by the relay's time that have no end, since a kill came before it: their file has the time of the
 * machine's own clock, which may be wrong by years. Only those are looked into whose date would matter: they would be
 * removed for it, or never.
 *
 * @param options.nowMs milliseconds since 1970, as the relay told
 * @param options.keepMs what is older is removed
 */
export function dateTorn(
  folder: RecordingsFolder,
  options: {
    readonly nowMs: number;
    readonly keepMs: number;
    readonly isRunning: (id: RecordingId) => boolean;
  },
): void {
  const { nowMs, keepMs, isRunning } = options;
  for (const { path, id, locked } of folder.list()) {
    if (locked || isRunning(id)) continue;
    const writtenMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
    if (writtenMs >= nowMs - keepMs && writtenMs <= nowMs + dayMs) continue;
    const ms = sealedMs(path);
    if (ms !== undefined) utimesSync(path, ms / 1_000, ms / 1_000);
  }
}

/** When it was sealed last, or begun, by the relay's time; undefined where it has an end, or no such time. */
function sealedMs(path: string): number | undefined {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const read = (from: number, bytes: number): string => {
      const buffer = Buffer.alloc(bytes);
      return buffer.toString('utf8', 0, readSync(file, buffer, 0, bytes, from));
    };
    const [first = '', second = ''] = read(0, headCap).split('\n', 2);
    const head = parseHead(first, second);
    const { size } = statSync(path);
    const tail = read(Math.max(0, size - tailBytes), tailBytes).split('\n');
    const seal = tail.map((line) => parseSeal(line)?.seal).findLast((one) => one !== undefined);
    if (head.clock !== 'relay' || seal?.end) return undefined;
    return Date.parse(seal?.at ?? head.at);
  } catch (error) {
    if (error instanceof SallyportError) return undefined; // It is no recording.
    throw error;
  } finally {
    closeSync(file);
  }
}
