/**
 * Writes `docs/errors.md` from the tables of errors, so that the page cannot say anything else than the programs.
 * `--check` writes nothing and fails if the page differs by one byte.
 */
import { globSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ErrorRow, ErrorTable } from '../packages/protocol/src/errors/table.ts';

const root = join(import.meta.dirname, '..');
export const errorsPage = join(root, 'docs/errors.md');

export type FoundTable = { readonly package: string; readonly file: string; readonly rows: ErrorTable };

/** What each package's errors are about, for its heading. */
const about: { readonly [name: string]: string } = {
  protocol: 'On the wires between device, relay and representative',
  runtime: 'What every program says of its own machine',
  device: 'The device agent and its commands',
  relay: 'The relay and its commands',
  support: 'The representative’s commands',
};

/** The tables: every `…Errors` that a file in a package's `src/errors/` exports. */
export async function findTables(): Promise<readonly FoundTable[]> {
  const tables: FoundTable[] = [];
  const files = globSync('packages/*/src/errors/*.ts', { cwd: root }).sort();
  for (const file of files) {
    if (file.endsWith('.test.ts') || basename(file) === 'index.ts') continue;
    const exported = (await import(pathToFileURL(join(root, file)).href)) as { [name: string]: unknown };
    for (const [name, value] of Object.entries(exported)) {
      if (!name.endsWith('Errors') || typeof value !== 'object' || value === null) continue;
      tables.push({ package: file.split(/[\\/]/)[1] ?? file, file, rows: value as ErrorTable });
    }
  }
  const order = Object.keys(about);
  const place = (table: FoundTable): number =>
    (order.indexOf(table.package) + order.length + 1) % (order.length + 1);
  return tables.sort((one, two) => place(one) - place(two) || one.file.localeCompare(two.file));
}

const cell = (text: string): string => text.replace(/[\\|<>]/g, '\\$&').replace(/\s+/g, ' ');

const line = ([code, row]: [string, ErrorRow]): string =>
  `| \`${code}\` | ${row.http} | ${row.close} | ${row.exit} | ${row.retryable ? 'yes' : 'no'} | ${cell(row.text)} | ${cell(row.next)} |`;

/** The whole page. */
export function formatErrors(tables: readonly FoundTable[]): string {
  const sections = tables.map((table) =>
    [
      `## ${about[table.package] ?? table.package}`,
      '',
      `From \`${relative(root, join(root, table.file)).replaceAll('\\', '/')}\`.`,
      '',
      '| code | HTTP | close code | exit | retryable | what it says | what to do |',
      '| --- | --- | --- | --- | --- | --- | --- |',
      ...Object.entries(table.rows).map(line),
    ].join('\n'),
  );
  return `${[
    '# Errors',
    [
      'Every failure has a code. Programs and scripts look at the code, never at the sentence: `--json` prints',
      '`{"error":{"code":…,"text":…,"next":…,"exit":…,"retryable":…,"details":{…}}}`, and so do the HTTP answers of the',
      'relay and of the device. In a sentence, `{name}` stands for the detail of that name.',
    ].join('\n'),
    [
      '- **HTTP**: the status of an answer that carries the error. **Close code**: that of a WebSocket.',
      '- **Exit**: the exit code of a command that ends with it: 1 failed, 2 wrong use, 3 refused by the other side or a',
      '  policy, 4 unreachable. `connect` and `exec` add 250 to their own failures, to leave 0 to 249 to the remote command.',
      '- **Retryable**: whether the same call can succeed later with nothing changed.',
    ].join('\n'),
    'This page is made by `sh scripts/node scripts/errorsDoc.ts` from the tables of errors, and a test compares the two.',
    ...sections,
  ].join('\n\n')}\n`;
}

if (import.meta.main) {
  const page = formatErrors(await findTables());
  if (!process.argv.includes('--check')) writeFileSync(errorsPage, page);
  else if (readFileSync(errorsPage, 'utf8') !== page) {
    console.error('docs/errors.md is not what the tables say. Run: sh scripts/node scripts/errorsDoc.ts');
    process.exitCode = 1;
  }
}
