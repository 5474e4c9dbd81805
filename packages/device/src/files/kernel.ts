import fs from 'node:fs';
import { promisify } from 'node:util';
import type { BytePath } from './bytePath.ts';

/**
 * `O_PATH` of Linux (asm-generic/fcntl.h): a descriptor that names a file or folder without opening it. No device is
 * touched, no pipe waits for its other end, and no permission but that to pass through the folders is needed.
 */
export const pathOnly = 0o10000000;

/** Descriptors that this process opens in full: never its controlling terminal, never waiting for a device or a lock. */
export const safely = fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY;

/** The name by which the kernel gives exactly the file behind a descriptor, wherever that file has been moved. */
export function byDescriptor(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

/** Where the file behind a descriptor really is, now. */
export function realPath(fd: number): BytePath {
  return fs.readlinkSync(byDescriptor(fd), 'latin1') as BytePath;
}

/** Node's file functions on bytes and descriptors, as promises. (`fs/promises` has no plain descriptors.) */
export const kernel = {
  open: promisify(fs.open),
  close: promisify(fs.close),
  fstat: promisify(fs.fstat) as (fd: number, options: { bigint: true }) => Promise<fs.BigIntStats>,
  lstat: promisify(fs.lstat) as (path: fs.PathLike, options: { bigint: true }) => Promise<fs.BigIntStats>,
  statfs: promisify(fs.statfs) as (
    path: fs.PathLike,
    options: { bigint: true },
  ) => Promise<fs.StatsFsBase<bigint>>,
  ftruncate: promisify(fs.ftruncate),
  truncate: promisify(fs.truncate),
  fchmod: promisify(fs.fchmod),
  chmod: promisify(fs.chmod),
  fchown: promisify(fs.fchown),
  chown: promisify(fs.chown),
  lchown: promisify(fs.lchown),
  futimes: promisify(fs.futimes),
  utimes: promisify(fs.utimes),
  lutimes: promisify(fs.lutimes),
  fsync: promisify(fs.fsync),
  mkdir: promisify(fs.mkdir) as (path: fs.PathLike, mode: number) => Promise<void>,
  rmdir: promisify(fs.rmdir) as (path: fs.PathLike) => Promise<void>,
  unlink: promisify(fs.unlink),
  rename: promisify(fs.rename),
  link: promisify(fs.link),
  symlink: promisify(fs.symlink) as (target: fs.PathLike, path: fs.PathLike) => Promise<void>,
  readlink: promisify(fs.readlink) as (path: fs.PathLike, encoding: 'latin1') => Promise<string>,
  opendir: promisify(fs.opendir) as (path: string, options: fs.OpenDirOptions) => Promise<fs.Dir>,
};
