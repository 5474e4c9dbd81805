import { rmSync, statSync } from 'node:fs';
import type { GrantId } from '@sallyport/protocol/grant';
import type { RecordingId } from '@sallyport/protocol/recording';
import type { RecordingFileName, RecordingsFolder } from './folder.ts';
import type { RecordingPolicy } from './policy.ts';

const dayMs = 86_400_000;

/** What is removed, and what for. */
export type Removal = {
  readonly why: 'age' | 'room';
  readonly files: readonly RecordingFileName[];
  readonly bytes: number;
};

export type QuotaOptions = {
  readonly policy: Pick<RecordingPolicy, 'keepDays' | 'maxMb'>;
  /** The grant that is waiting or open: nothing of it is removed. */
  readonly grant: GrantId | undefined;
  readonly isRunning: (id: RecordingId) => boolean;
  /**
   * Milliseconds since 1970, as the relay told since the agent started; undefined if it did not. A clock that is wrong by
   * years must not remove anything.
   */
  readonly nowMs: number | undefined;
};

type Sized = { readonly file: RecordingFileName; readonly bytes: number; readonly writtenMs: number };

/**
 * Removes what is too old, and then the oldest, until the rest has room. The newest stays in any case: by its name the
 * count goes on. Returns what was removed.
 */
export function keepQuota(folder: RecordingsFolder, options: QuotaOptions): Removal[] {
  const { policy, nowMs } = options;
  const all: Sized[] = folder.list().map((file) => {
    const stats = statSync(file.path, { throwIfNoEntry: false });
    return { file, bytes: stats?.size ?? 0, writtenMs: stats?.mtimeMs ?? 0 };
  });
  const [, ...older] = all;
  const removable = older
    .filter(({ file }) => file.grant !== options.grant && !options.isRunning(file.id))
    .reverse();
  const tooOld = removable.filter(
    ({ writtenMs }) => nowMs !== undefined && writtenMs < nowMs - policy.keepDays * dayMs,
  );
  const rest = removable.filter((one) => !tooOld.includes(one));
  let over = sum(all) - sum(tooOld) - policy.maxMb * 1e6;
  const tooMany: Sized[] = [];
  for (const one of rest) {
    if (over <= 0) break;
    tooMany.push(one);
    over -= one.bytes;
  }
  return [...remove('age', tooOld), ...remove('room', tooMany)];
}

const sum = (files: readonly Sized[]): number => files.reduce((all, { bytes }) => all + bytes, 0);

function remove(why: Removal['why'], sized: readonly Sized[]): Removal[] {
  if (sized.length === 0) return [];
  for (const { file } of sized) {
    rmSync(file.path, { force: true });
    rmSync(noteOf(file), { force: true });
  }
  return [{ why, files: sized.map(({ file }) => file), bytes: sum(sized) }];
}

/** The file that says what an encrypted recording was. */
export const noteOf = ({ path, id }: RecordingFileName): string =>
  `${path.slice(0, path.lastIndexOf('/'))}/${id}.locked`;
