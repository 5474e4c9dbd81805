/**
 * Holds the source against the layers of docs/architecture.md. Prints each breach as `file:line: what, why` and exits 1.
 * Reads imports and a few calls as text: Biome has formatted the code, so one pattern finds each of them.
 */
import { readFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';

type SourceLine = { file: string; line: number; text: string; specifier: string | undefined };
type Rule = { why: string; breaks: (at: SourceLine) => boolean };

const root = join(import.meta.dirname, '../..');
const isTest = (file: string): boolean =>
  /\.test\.ts$|\/test(ing|[A-Z]\w*)(\/|\.ts$)|\/zoo\/|^(tests|scripts)\//.test(file);
const packageOf = (file: string): string | undefined => /^packages\/([^/]+)\//.exec(file)?.[1];
const inFolder = (file: string, folder: string): boolean => file.startsWith(`packages/${folder}/`);

/** Which packages of ours a package may import. */
const mayImport: { readonly [name: string]: readonly string[] } = {
  protocol: [],
  runtime: ['protocol'],
  relay: ['protocol', 'runtime'],
  device: ['protocol', 'runtime'],
  support: ['protocol', 'runtime'],
  // For printable() alone, which is one everywhere.
  ui: ['protocol'],
  'device-ui': ['ui'],
  'console-ui': ['ui'],
};
const pureBuiltins = [
  'node:crypto',
  'node:stream',
  'node:events',
  'node:buffer',
  'node:util',
  'node:tls',
  'node:assert',
  'node:async_hooks',
];

const rules: readonly Rule[] = [
  {
    why: 'a package imports only the packages below it',
    breaks: ({ file, specifier }) => {
      const from = packageOf(file);
      const to = specifier && /^@sallyport\/([^/]+)/.exec(specifier)?.[1];
      return Boolean(from && to && to !== from && !isTest(file) && !mayImport[from]?.includes(to));
    },
  },
  {
    why: 'inside a package, imports are relative; between packages, they go by the public index',
    breaks: ({ file, specifier }) => {
      if (!specifier || isTest(file)) return false;
      const own = packageOf(file);
      if (own && specifier.startsWith(`@sallyport/${own}/`)) return true;
      if (!own || !specifier.startsWith('.')) return false;
      return packageOf(relative(root, join(root, file, '..', specifier))) !== own;
    },
  },
  {
    why: 'protocol opens no socket, file or process: streams are passed in',
    breaks: ({ file, text, specifier }) =>
      inFolder(file, 'protocol') &&
      !isTest(file) &&
      Boolean(specifier?.startsWith('node:')) &&
      text !== "import { isIP } from 'node:net';" &&
      !pureBuiltins.includes(specifier ?? ''),
  },
  {
    why: 'protocol reads no clock and draws no random number: Clock and Random are passed in',
    breaks: ({ file, text }) =>
      inFolder(file, 'protocol') &&
      !isTest(file) &&
      /\b(Date\.now|new Date\(\)|performance\.now|Math\.random|setTimeout|setInterval|randomBytes|process\.(env|hrtime|uptime))\b/.test(
        text,
      ),
  },
  {
    why: 'tests use scripts, not the other way round',
    breaks: ({ file, specifier }) => file.startsWith('scripts/') && Boolean(specifier?.includes('/tests/')),
  },
  {
    why: 'one module makes every TLS endpoint: packages/protocol/src/tls',
    breaks: ({ file, text, specifier }) =>
      !inFolder(file, 'protocol/src/tls') &&
      !isTest(file) &&
      (specifier === 'node:tls'
        ? !/^import type\b/.test(text)
        : specifier === 'node:https' || /\b(createSecureServer|new TLSSocket)\b/.test(text)),
  },
  {
    why: 'nothing turns the verification of TLS off',
    breaks: ({ file, text }) =>
      !inFolder(file, 'protocol/src/tls') &&
      !isTest(file) &&
      /NODE_TLS_REJECT_UNAUTHORIZED|rejectUnauthorized/.test(text),
  },
  {
    why: 'the relay starts no processes',
    breaks: ({ file, specifier }) =>
      inFolder(file, 'relay') && !isTest(file) && specifier === 'node:child_process',
  },
  {
    why: 'Math.random can be guessed: use the Random that is passed in',
    breaks: ({ file, text }) =>
      file.startsWith('packages/') && !isTest(file) && /\bMath\.random\b/.test(text),
  },
  {
    why: 'a name says the thing: no utils, helpers, manager, common, misc',
    breaks: ({ file, line }) =>
      line === 1 && /(^|\/)(utils?|helpers?|managers?|common|misc)(\/|\.ts$)/i.test(file),
  },
];

function* sourceLines(file: string): Generator<SourceLine> {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  for (const [index, text] of lines.entries()) {
    if (/^\s*(\*|\/\/|\/\*)/.test(text) && index > 0) continue;
    const specifier = /(?:\bfrom|\bimport\(|^import)\s*'([^']+)'/.exec(text)?.[1];
    yield { file, line: index + 1, text, specifier };
  }
}

let files = 0;
let breaches = 0;
for (const pattern of [
  'packages/*/src/**/*.ts',
  'packages/*/src/**/*.tsx',
  'scripts/**/*.ts',
  'tests/**/*.ts',
]) {
  for await (const file of glob(pattern, { cwd: root })) {
    files += 1;
    for (const at of sourceLines(file)) {
      for (const rule of rules) {
        if (!rule.breaks(at)) continue;
        breaches += 1;
        console.error(`${at.file}:${at.line}: ${at.text.trim()}\n  ${rule.why}`);
      }
    }
  }
}
console.log(`layering: ${files} files, ${breaches} breaches`);
process.exitCode = breaches > 0 || files === 0 ? 1 : 0;
