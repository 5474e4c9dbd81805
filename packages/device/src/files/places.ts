import fs from 'node:fs';
import { type BytePath, fromText, join, split, toBytes } from './bytePath.ts';
import type { Fence, Purpose } from './fence.ts';
import { byDescriptor, kernel, pathOnly, realPath } from './kernel.ts';
import { failed, Refusal } from './refusal.ts';
import { statusCodes } from './sftp.ts';

/**
 * A file or folder that has been found, checked, and is held by a descriptor: whatever happens to its path after that,
 * `at` is this one and no other.
 */
export type Place = {
  readonly fd: number;
  readonly real: BytePath;
  /** The path to hand to the kernel. */
  readonly at: string;
  readonly stat: fs.BigIntStats;
};

/** A name in a folder that has been checked. Whether there is anything of this name is not known. */
export type NamedPlace = {
  readonly folder: Place;
  readonly name: BytePath;
  readonly real: BytePath;
  /** The path to hand to the kernel, for calls that do not follow a link at its end. */
  readonly at: Buffer;
};

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const attempts = 4;

/**
 * Finds `path`, then asks where it has led. The kernel follows the links, in one go and without being told what they
 * should be; the answer is judged afterwards, on the descriptor: nothing can be swapped in between.
 *
 * What is found must also be what this process finds under the real path. It is not if the path led through another
 * process's root (`/proc/PID/root`), whose names look like ours.
 *
 * The caller closes `fd`.
 */
async function find(fence: Fence, path: BytePath, flags: number, purpose: Purpose): Promise<Place> {
  const cwd = fromText(process.cwd());
  fence.checkText(path, cwd);
  if (path === '') throw new Refusal(statusCodes.noSuchFile, 'The path is empty.');
  for (let attempt = 0; attempt < attempts; attempt++) {
    const fd = await kernel.open(toBytes(path), pathOnly | flags).catch((error: unknown) => {
      fence.checkAbsent(path, cwd);
      throw error;
    });
    const place = judge(fence, fd, purpose);
    if (place) return place;
  }
  throw new Refusal(statusCodes.noSuchFile, 'It is moved about at this moment, or lies in another root.');
}

/** The place of a new descriptor; `undefined`, and the descriptor closed, if the file has just been moved or removed. */
function judge(fence: Fence, fd: number, purpose: Purpose): Place | undefined {
  try {
    const real = realPath(fd);
    fence.check(real, purpose);
    const at = byDescriptor(fd);
    const stat = fs.fstatSync(fd, { bigint: true });
    const there = fs.lstatSync(toBytes(real), { bigint: true, throwIfNoEntry: false });
    if (there === undefined || there.ino !== stat.ino || there.dev !== stat.dev) {
      fs.closeSync(fd);
      return undefined;
    }
    // A link is judged by its folder: `at` would follow it.
    if (!stat.isSymbolicLink()) fence.checkFileSystem(fs.statfsSync(at, { bigint: true }).type, purpose);
    return { fd, real, at, stat };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

async function holding<T>(place: Place, use: (place: Place) => Promise<T>): Promise<T> {
  try {
    return await use(place);
  } finally {
    fs.closeSync(place.fd);
  }
}

/** What `path` leads to, links followed, for as long as `use` runs. */
export async function withPlace<T>(
  fence: Fence,
  path: BytePath,
  purpose: Purpose,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  return holding(await find(fence, path, 0, purpose), use);
}

/** The name that `path` ends in, in its checked folder. Refuses paths that end in no name: `/`, `.`, `..`. */
export async function withName<T>(
  fence: Fence,
  path: BytePath,
  purpose: Purpose,
  use: (named: NamedPlace) => Promise<T>,
): Promise<T> {
  const parts = split(path);
  if (parts === undefined) throw failed('The path ends in no name of its own.');
  return holding(await find(fence, parts.folder, O_DIRECTORY, purpose), (folder) => {
    const real = join(folder.real, parts.name);
    fence.check(real, purpose);
    return use({ folder, name: parts.name, real, at: toBytes(join(folder.at as BytePath, parts.name)) });
  });
}

/** What `path` names itself: a link at its end is not followed. */
export async function withPlaceItself<T>(
  fence: Fence,
  path: BytePath,
  purpose: Purpose,
  use: (place: Place) => Promise<T>,
): Promise<T> {
  if (split(path) === undefined) return withPlace(fence, path, purpose, use);
  return withName(fence, path, purpose, async (named) => {
    const fd = await kernel.open(named.at, pathOnly | O_NOFOLLOW);
    const place = judge(fence, fd, purpose);
    if (place === undefined) throw new Refusal(statusCodes.noSuchFile, 'It is moved about at this moment.');
    return holding(place, use);
  });
}

/** Opens a checked place in full, through its descriptor. The new descriptor is judged like the first. */
export async function openPlace(
  fence: Fence,
  place: Place,
  flags: number,
  purpose: Purpose,
): Promise<number> {
  return judged(fence, await kernel.open(place.at, flags), purpose);
}

/** Creates a file of this name. Throws `EEXIST` if there is anything of this name, a link included. */
export async function createNamed(
  fence: Fence,
  named: NamedPlace,
  flags: number,
  mode: number,
): Promise<number> {
  const { O_CREAT, O_EXCL } = fs.constants;
  return judged(fence, await kernel.open(named.at, flags | O_CREAT | O_EXCL | O_NOFOLLOW, mode), 'change');
}

/** Gives the descriptor back, or closes it and throws. */
function judged(fence: Fence, fd: number, purpose: Purpose): number {
  try {
    fence.check(realPath(fd), purpose);
    return fd;
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}
