import { existsSync, globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

/** Where the pages lie when they are built. */
export const builtPages = join(import.meta.dirname, '../../../device-ui/dist');

const types: { readonly [extension: string]: string } = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};
const encodings = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

export type File = {
  readonly content: Buffer;
  readonly type: string;
  readonly encoding: string | undefined;
  /** Whether its name changes with its content. */
  readonly forEver: boolean;
};

export type Pages = {
  /** A file of the pages, compressed if there is such a copy that the browser takes; undefined if there is none. */
  file(path: string, acceptEncoding: string | undefined): Promise<File | undefined>;
  /** The one page, which finds out itself what to show; undefined if it is not built. */
  index(): string | undefined;
};

/** The files that were built. Which there are is read once: a path of a request never becomes one of the disk. */
export function pagesOf(folder: string): Pages {
  let known: { readonly files: ReadonlyMap<string, string>; readonly index: string } | undefined;
  const read = (): typeof known => {
    const indexFile = join(folder, 'index.html');
    if (!existsSync(indexFile)) return undefined;
    const files = globSync('**/*.*', { cwd: folder }).filter((name) => name !== 'index.html');
    return {
      files: new Map(files.map((name) => [`/${name.replaceAll('\\', '/')}`, join(folder, name)])),
      index: readFileSync(indexFile, 'utf8'),
    };
  };
  const built = (): typeof known => {
    // Whoever builds them while we run need not start us again.
    known ??= read();
    return known;
  };
  return {
    async file(path, acceptEncoding = '') {
      const files = built()?.files;
      const type = types[extname(path)];
      const plain = files?.get(path);
      if (!files || plain === undefined || type === undefined) return undefined;
      const [encoding, ending] = encodings.find(
        ([name, suffix]) => accepts(acceptEncoding, name) && files.has(`${path}${suffix}`),
      ) ?? [undefined, ''];
      try {
        const content = await readFile(`${plain}${ending}`);
        return { content, type, encoding, forEver: path.startsWith('/assets/') };
      } catch {
        // They were built anew meanwhile: the next asks for the new ones.
        known = undefined;
        return undefined;
      }
    },
    index: () => built()?.index,
  };
}

/** Whether a browser takes a coding, by its `Accept-Encoding` (RFC 9110, section 12.5.3): named, and not with `q=0`. */
const accepts = (header: string, coding: string): boolean =>
  header.split(',').some((part) => {
    const [name = '', ...parameters] = part.split(';').map((text) => text.trim());
    return name === coding && !parameters.some((text) => /^q=0(\.0*)?$/.test(text));
  });

/** Said where the pages should be. */
export const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Remote Support</title>
<h1>The web interface is not built</h1>
<p>Run this in the folder of Sallyport, then load this page again: <code>npm run build</code></p>
<p>The commands work all the same: <code>sallyport-device status</code></p>
</html>
`;
