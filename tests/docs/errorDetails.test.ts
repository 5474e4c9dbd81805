import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { ErrorRow } from '../../packages/protocol/src/errors/table.ts';
import { findTables } from '../../scripts/errorsDoc.ts';

const root = join(import.meta.dirname, '../..');
const tables = await findTables();

/** What stands between the parenthesis at `open` and its partner. */
function argumentsAt(text: string, open: number): string {
  let depth = 0;
  for (let at = open; at < text.length; at += 1) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return text.slice(open + 1, at);
  }
  return text.slice(open + 1);
}

/** The row that `code` means in a package: its own, else one of those that all packages share. */
function rowOf(name: string, code: string): ErrorRow | undefined {
  const own = tables.filter((table) => [name, 'protocol', 'runtime'].includes(table.package));
  return own.map(({ rows }) => rows[code]).find((row) => row !== undefined);
}

const namesIn = (row: ErrorRow): string[] =>
  [...`${row.text} ${row.next}`.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');

describe('whoever makes an error', () => {
  it('gives it every detail that its sentences name', () => {
    const missing: string[] = [];
    const files = globSync('packages/*/src/**/*.ts', { cwd: root }).filter(
      (file) => !file.endsWith('.test.ts'),
    );
    let calls = 0;
    for (const file of files) {
      const text = readFileSync(join(root, file), 'utf8');
      for (const match of text.matchAll(/\b(?:fail|\w+Fail|fail[A-Z]\w*)\(\s*'([a-z0-9-]+)'/g)) {
        const row = rowOf(file.split(/[\\/]/)[1] ?? '', match[1] ?? '');
        if (!row) continue;
        calls += 1;
        const given = argumentsAt(text, match.index + match[0].indexOf('('));
        // Details or options that come from elsewhere are written there.
        if (/\.\.\.|\bdetails(?!: \{)\b|^'[^']+',\s*\w+$/.test(given.trim())) continue;
        const names = namesIn(row).filter((name) => !new RegExp(`\\b${name}\\b`).test(given));
        if (names.length > 0) missing.push(`${file}: ${match[1]} without ${names.join(', ')}`);
      }
    }
    assert.ok(calls > 100, 'calls were found');
    assert.deepEqual(missing, []);
  });
});
