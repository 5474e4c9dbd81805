import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import { carryOutSteps, stepSchema } from './steps.ts';
import { networkWishSchema } from './wish.ts';

/**
 * A change that stands until it is confirmed, as the data folder has it. Whoever takes it back renames the file first:
 *
 *   network-trial.json    stands
 *   network-back.json     is being taken back; left behind by a kill, it is begun anew
 *   network-done.json     was taken back, and the agent has not told so
 */
const standingSchema = z.strictObject({
  id: z.string(),
  /** Who wanted it. */
  by: z.string(),
  wish: networkWishSchema,
  bootId: z.string(),
  /** When it is taken back, in milliseconds since boot. */
  endsAtBootMs: z.number(),
  back: z.array(stepSchema).max(2_000),
  /** What makes it last where it is confirmed. */
  keep: z.array(stepSchema).max(8),
});
export type Standing = z.output<typeof standingSchema>;

const fileCap = 1024 * 1024;
const names = {
  standing: 'network-trial.json',
  back: 'network-back.json',
  done: 'network-done.json',
} as const;

function read(folder: string, name: keyof typeof names): Standing | undefined {
  const bytes = readPrivateFile(join(folder, names[name]), fileCap);
  if (!bytes) return undefined;
  return standingSchema.parse(JSON.parse(bytes.toString('utf8')));
}

/** The change that stands; undefined if none does. @throws what a file that is spoiled gives */
export const readStanding = (folder: string): Standing | undefined => read(folder, 'standing');

export const writeStanding = (folder: string, standing: Standing): void =>
  writePrivateFile(join(folder, names.standing), JSON.stringify(standing));

/** It was confirmed: nothing is taken back. @returns whether it still stood */
export function endStanding(folder: string): boolean {
  try {
    rmSync(join(folder, names.standing));
    return true;
  } catch {
    return false;
  }
}

/**
 * Takes back what stands, or what somebody began to take back and did not end. Of two who try at once one does it.
 *
 * @returns whether there was something to take back
 * @throws what the first step says that fails; then it can be tried again
 */
export async function takeBack(folder: string, carryOut = carryOutSteps): Promise<boolean> {
  const [standing, back, done] = [names.standing, names.back, names.done].map((name) => join(folder, name));
  if (standing === undefined || back === undefined || done === undefined) return false;
  rename(standing, back);
  const found = read(folder, 'back');
  if (!found) return false;
  await carryOut(found.back);
  rename(back, done);
  return true;
}

/** Whether somebody takes a change back, or began to. */
export const isBeingTakenBack = (folder: string): boolean => existsSync(join(folder, names.back));

/** What was taken back since somebody asked last. */
export function tellDone(folder: string): Standing | undefined {
  const found = read(folder, 'done');
  rmSync(join(folder, names.done), { force: true });
  return found;
}

function rename(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}
