import { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import { copyFile, type FileCopy } from './copyFile.ts';
import { type Crew, makeCrew } from './crew.ts';
import { isPlainName } from './names.ts';
import type { Kind, Status, Store } from './store.ts';

/** Folders inside folders. */
const depthLimit = 100;
/** Files of one folder under way at once: small ones are all waiting. */
const filesAtOnce = 8;

export type TreeCopy = Omit<FileCopy, 'source' | 'target'> & {
  /** A file begins. */
  readonly onFile?: (path: string) => void;
  /** One file, link or folder was left out; the copy goes on. */
  readonly onFailure: (error: SallyportError) => void;
};
export type Copied = { files: number; failures: number };

/** Failures that concern one file; any other ends the whole copy. */
const ofOneFile = new Set([
  'file-not-found',
  'file-denied',
  'file-other-kind',
  'file-failed',
  'name-hostile',
  'source-changed',
  'too-deep',
]);

/**
 * Copies a file, or a folder with all that is in it. Links to files are copied as files; links to folders and what is
 * neither (pipes, sockets, devices) are left out and told. Modes and times come along, those of folders at the end.
 *
 * @throws what a single file throws; what ends the whole copy (the session's end, a full disk)
 */
export async function copyTree(copy: TreeCopy, source: string, target: string): Promise<Copied> {
  const copied: Copied = { files: 0, failures: 0 };
  const status = await mustExist(copy.from, source);
  if (status.kind === 'folder') await copyFolder(copy, copied, source, target, status, 0);
  else {
    copy.onFile?.(source);
    await copyFile({ ...copy, source, target });
    copied.files += 1;
  }
  return copied;
}

async function copyFolder(
  copy: TreeCopy,
  copied: Copied,
  source: string,
  target: string,
  status: Status,
  depth: number,
): Promise<void> {
  const { from, to } = copy;
  if (depth > depthLimit) throw tooDeep(from, source);
  const there = await to.look(target);
  if (!there) await to.makeFolder(target);
  else if (there.kind !== 'folder') throw otherKind(to, target);
  const crew: Crew = makeCrew(filesAtOnce);
  for await (const { name, kind } of from.list(source)) {
    await attempt(copy, copied, async () => {
      if (!isPlainName(name)) throw hostileName(from, name);
      const [inside, place] = [from.join(source, name), to.join(target, name)];
      if (kind === 'folder') {
        // What is under way is that of one folder, however deep it lies.
        await crew.done();
        await copyFolder(copy, copied, inside, place, await mustExist(from, inside), depth + 1);
        return;
      }
      await crew.start(() =>
        attempt(copy, copied, async () => {
          await mustBeFile(from, inside, kind);
          copy.onFile?.(inside);
          await copyFile({ ...copy, source: inside, target: place });
          copied.files += 1;
        }),
      );
    });
  }
  await crew.done();
  await to.setStatus(target, status);
}

/** A failure of one file is told and counted. */
async function attempt(copy: TreeCopy, copied: Copied, act: () => Promise<void>): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (!(error instanceof SallyportError && ofOneFile.has(error.code))) throw error;
    copied.failures += 1;
    copy.onFailure(error);
  }
}

async function mustExist(store: Store, path: string): Promise<Status> {
  const status = await store.look(path);
  if (!status) throw fail('file-not-found', { details: placed(store, path), leg: store.side });
  return status;
}

async function mustBeFile(store: Store, path: string, kind: Kind): Promise<void> {
  if (kind === 'file') return;
  const found = kind === 'link' ? await store.look(path) : undefined;
  if (found?.kind === 'file') return;
  const reason =
    kind === 'link' ? 'it is a link to no file, and was left out' : 'it is no file, and was left out';
  throw fail('file-failed', { details: { ...placed(store, path), reason }, leg: store.side });
}

const placed = (store: Store, path: string): { where: string; path: string } => ({
  where: store.side === 'device' ? 'on the device' : 'on this computer',
  path: printable(path),
});
const tooDeep = (store: Store, path: string): SallyportError =>
  fail('too-deep', { details: { ...placed(store, path), limit: depthLimit }, leg: store.side });
const otherKind = (store: Store, path: string): SallyportError =>
  fail('file-other-kind', { details: placed(store, path), leg: store.side });
export const hostileName = (store: Store, name: string | undefined): SallyportError =>
  fail('name-hostile', { details: { name: printable(name ?? 'not UTF-8') }, leg: store.side });
