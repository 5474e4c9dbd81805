import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { type Plugin, rolldown } from 'rolldown';
import { buildInto, root } from './builds.ts';

const packages = ['device', 'relay', 'support'] as const;

/** What cannot be put into a file of JavaScript: compiled code, and what is asked for and need not be there. */
const external = [/^@lydell\/node-pty/, /^@napi-rs\/keyring/, 'pg-native', 'cpu-features', /\.node$/];

/**
 * Builds the programs that are not built yet, or whose sources have changed since: a few files of JavaScript each, and not
 * hundreds of modules that Node has to find, read and strip of their types. They start in half of the time.
 */
export async function buildPrograms(): Promise<void> {
  for (const name of packages) {
    const folder = join(root, 'packages', name);
    await buildInto({
      folder,
      sources: [
        'package-lock.json',
        'scripts/build/*.ts',
        `packages/{protocol,runtime,${name}}/{package.json,src/**/*.{ts,cjs}}`,
      ],
      make: (out) => bundle(folder, out),
    });
    // The launchers run the sources where these look newer, as they do after a change that was taken back.
    const now = new Date();
    utimesSync(join(folder, 'dist/main.cjs'), now, now);
  }
}

async function bundle(folder: string, out: string): Promise<void> {
  const made = await rolldown({
    input: { main: join(folder, 'src/main.ts') },
    platform: 'node',
    external,
    plugins: [placesOf(out)],
    onLog: (level, { message }) => {
      throw new Error(`${level}: ${message}`);
    },
  });
  // CommonJS, for Node makes a module of its own for each of its parts that an ES module imports, and loads rarely used
  // ones for that: an HTTP client for node:http, a fifth of a start.
  const { output } = await made.generate({
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name]-[hash].cjs',
    comments: false,
  });
  for (const file of output) {
    if (file.type !== 'chunk') throw new Error(`${file.fileName} is no code`);
    writeFileSync(join(out, file.fileName), inLatin(file.code));
  }
}

/** V8 keeps a source in twice the memory, while the program runs, for one letter that is not in Latin-1. */
const inLatin = (code: string): string =>
  code.replaceAll(/[^\0-\xff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** A module that is made here: where something is, seen from the folder of the build. */
const places = 'virtual:places';
const placesModule = `
  import { join } from 'node:path';
  import { pathToFileURL } from 'node:url';
  export const placeOf = (from) => join(__dirname, from);
  export const urlOf = (from) => pathToFileURL(placeOf(from)).href;
`;

/**
 * Has a module that asks where it is learn where its source is: what it looks for lies beside that. A program that runs in a
 * process or thread of its own is named as a file beside the module that starts it; it is built, too.
 */
function placesOf(out: string): Plugin {
  const sibling = /join\(import\.meta\.dirname, '(\w+)\.ts'\)|new URL\('\.\/(\w+)\.ts', import\.meta\.url\)/g;
  return {
    name: 'places',
    resolveId: (id) => (id === places ? places : null),
    load: (id) => (id === places ? placesModule : null),
    transform(code, id) {
      if (!code.includes('import.meta.') || id.includes('node_modules')) return null;
      const placed = (name: string, text: string): string => `builtPlaces.${name}(${JSON.stringify(text)})`;
      const changed = code
        // What is asked for by that is built, too.
        .replace('const require = createRequire(import.meta.url);\n', '')
        .replaceAll(sibling, (text, beside: string | undefined, linked: string | undefined) => {
          const name = beside ?? linked ?? '';
          const program = join(dirname(id), `${name}.ts`);
          if (!existsSync(program)) throw new Error(`${id}: there is no ${program}`);
          const fileName = `${basename(dirname(id))}-${name}.cjs`;
          this.emitFile({ type: 'chunk', id: program, fileName });
          return text.startsWith('new')
            ? `new URL(${placed('urlOf', fileName)})`
            : placed('placeOf', fileName);
        })
        .replaceAll('import.meta.dirname', placed('placeOf', relative(out, dirname(id))))
        .replaceAll('import.meta.url', placed('urlOf', relative(out, id)));
      return `import * as builtPlaces from '${places}';\n${changed}`;
    },
  };
}
