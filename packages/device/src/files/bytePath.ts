declare const bytePath: unique symbol;

/**
 * A path as the kernel knows it: bytes, one UTF-16 unit (0 to 255) each. Names on a disk need not be UTF-8, and would not
 * survive as text.
 */
export type BytePath = string & { readonly [bytePath]: true };

/** The path of this text, in UTF-8. */
export function fromText(text: string): BytePath {
  return Buffer.from(text, 'utf8').toString('latin1') as BytePath;
}

/** The path as text for people. Bytes that are not UTF-8 become U+FFFD: never use it to open something. */
export function toText(path: BytePath): string {
  return Buffer.from(path, 'latin1').toString('utf8');
}

/** The path as Node's file functions take it. */
export function toBytes(path: BytePath): Buffer {
  return Buffer.from(path, 'latin1');
}

/** The bytes of a string that has been received, as a path. */
export function fromBytes(bytes: Buffer): BytePath {
  return bytes.toString('latin1') as BytePath;
}

/** `folder/name`, for a folder that may be `/`. */
export function join(folder: BytePath, name: BytePath): BytePath {
  return (folder.endsWith('/') ? `${folder}${name}` : `${folder}/${name}`) as BytePath;
}

/**
 * The folder and the name of a path's last part. `undefined` where the last part names no entry of its folder: an empty
 * path, `/`, `.` and `..`. Slashes at the end do not count.
 */
export function split(path: BytePath): { folder: BytePath; name: BytePath } | undefined {
  let end = path.length;
  while (end > 0 && path[end - 1] === '/') end--;
  const slash = path.lastIndexOf('/', end - 1);
  const name = path.slice(slash + 1, end);
  if (name === '' || name === '.' || name === '..') return undefined;
  const folder = slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
  return { folder: folder as BytePath, name: name as BytePath };
}

/** The path made absolute and without `.`, `..` and double slashes, by its text alone: links are not looked at. */
export function normal(path: BytePath, cwd: BytePath): BytePath {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}` as BytePath;
}

/** Whether `path` is `folder` or lies in it. Both absolute and without `..`. */
export function isWithin(path: BytePath, folder: BytePath): boolean {
  if (folder === '/' || path === folder) return true;
  return path.length > folder.length && path.startsWith(folder) && path[folder.length] === '/';
}
