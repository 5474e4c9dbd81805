import { printable } from '@sallyport/protocol/text';
import { fail } from '../errors/index.ts';
import { type Copied, copyTree, hostileName, type TreeCopy } from './copyTree.ts';
import { isPlainName } from './names.ts';
import type { Store } from './store.ts';

/**
 * `cp SRC DST`: into the target if that is a folder, else under its name.
 *
 * @throws file-not-found if the source, or the folder of the target, is not there
 */
export async function copy(terms: TreeCopy, source: string, target: string): Promise<Copied> {
  const from = await terms.from.absolute(source);
  return copyTree(terms, from, await placeOf(terms.to, target, () => nameOf(terms.from, source, from)));
}

/**
 * The last name of the source as it was typed. The device says what the whole path is, and would by that choose what is
 * written here: it is asked only where nothing was typed, as in `40123:.`. @throws name-hostile
 */
function nameOf(store: Store, typed: string, whole: string): string {
  const { name } = store.split(typed);
  if (isPlainName(name)) return name;
  const told = store.split(whole).name;
  if (!isPlainName(told)) throw hostileName(store, told);
  return told;
}

/** Where the copy goes, absolute, by `name` if into a folder: its folder has to be there. */
async function placeOf(store: Store, target: string, name: () => string): Promise<string> {
  const there = await store.look(target);
  if (there?.kind === 'folder') return store.join(await store.absolute(target), name());
  const bare = target.length > 1 ? target.replace(/\/+$/, '') : target;
  const { folder, name: wanted } = store.split(bare);
  const above = await store.look(folder);
  if (above?.kind !== 'folder' || wanted === '' || wanted === '.' || wanted === '..') {
    const where = store.side === 'device' ? 'on the device' : 'on this computer';
    throw fail('file-not-found', { details: { where, path: printable(folder) }, leg: store.side });
  }
  return store.join(await store.absolute(folder), wanted);
}

/** The size of the source if it is one file. */
export async function sizeOf(store: Store, source: string): Promise<number | undefined> {
  const status = await store.look(source);
  return status?.kind === 'file' ? status.size : undefined;
}
