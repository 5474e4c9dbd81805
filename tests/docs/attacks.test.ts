import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { findTables } from '../../scripts/errorsDoc.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/attacks.md'), 'utf8');

/** What may be taken over, in the order of trust. */
const rows = [
  'The relay: its disk, database, memory and every key on it',
  "A representative's key",
  'A one-time password that was overheard',
  'A session: a hostile representative who was let in',
  'A device',
  'The network in between',
];
const rules = [
  'Every factor is necessary',
  'No plaintext, no downgrade, no flag that turns verification off',
  'One module makes every TLS endpoint, and hands out none that is not verified',
  'No resumption of TLS',
  'The clock rule',
  'No route at the relay without an identity, save three',
  'What comes from outside is parsed once, behind a cap, and made printable',
  'The relay starts no processes, and serves no pages',
  '`dial` names a node, never an address',
  'Secrets are for this user alone, and keys never travel',
  'Local listeners are hostile ground',
];

type Section = { title: string; text: string };
const sections = (text: string, mark: string): Section[] =>
  text
    .split(new RegExp(`^${mark} `, 'm'))
    .slice(1)
    .map((part) => ({ title: part.slice(0, part.indexOf('\n')), text: part.slice(part.indexOf('\n')) }));

/** Every `file › name`: at the end of a list's line or of a table's cell, since a name may have backticks in it. */
const referencesIn = (text: string): { file: string; name: string }[] =>
  [...text.matchAll(/`([\w./-]+\.test\.ts) › (.+?)`(?= \||$)/gm)].map(([, file = '', name = '']) => ({
    file,
    name,
  }));

/** The names of a file's tests. A part that a loop fills in stands for any text. */
function namesIn(file: string): RegExp[] {
  const source = readFileSync(join(root, file), 'utf8');
  const literals = source.matchAll(
    /\b(?:it|test)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g,
  );
  return [...literals].flatMap(([, single, double, template]) => {
    const text = (single ?? double ?? template ?? '').replace(/\\(.)/g, '$1');
    const parts = template === undefined ? [text] : text.split(/\$\{[^}]*\}/);
    // A name that a loop gives whole says nothing here.
    if (parts.join('').length < 6) return [];
    return [new RegExp(`^${parts.map(literally).join('.+')}$`)];
  });
}

const literally = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const bySection = sections(page, '##');
const sectionCalled = (title: string): string => bySection.find((one) => one.title === title)?.text ?? '';

describe('docs/attacks.md', () => {
  it('has a section for everything that may be taken over, in the order of trust', () => {
    const titles = bySection.map(({ title }) => title);
    assert.deepEqual(
      titles.filter((title) => rows.includes(title)),
      rows,
    );
  });
  it('has all rules that follow', () => {
    const titles = sections(sectionCalled('The rules that follow'), '###').map(({ title }) => title);
    assert.deepEqual(titles, rules);
  });
  it('names a test for every attack and for every rule', () => {
    for (const title of [...rows, 'The rules that follow']) {
      const parts = sections(sectionCalled(title), '###');
      assert.ok(parts.length > 0, title);
      for (const part of parts) {
        assert.ok(referencesIn(part.text).length > 0, `${title}: ${part.title}: no test`);
        const lines = part.text.split('\n').filter((line) => line.startsWith('- '));
        assert.equal(referencesIn(part.text).length, lines.length, `${part.title}: a line is no test`);
      }
    }
  });
  it('names tests that exist', () => {
    const missing = referencesIn(page).filter(
      ({ file, name }) =>
        !existsSync(join(root, file)) || !namesIn(file).some((pattern) => pattern.test(name)),
    );
    assert.deepEqual(missing, []);
    assert.ok(referencesIn(page).length > 100);
  });
  it('names a test and a code of the tables for every bad input', async () => {
    const tables = await findTables();
    const codes = new Set(tables.flatMap((table) => Object.keys(table.rows)));
    const lines = sectionCalled('Bad input')
      .split('\n')
      .filter((line) => line.startsWith('| '))
      .slice(2);
    assert.ok(lines.length > 20);
    for (const line of lines) {
      const [, what = '', code = ''] = line.split('|');
      assert.equal(referencesIn(line).length, 1, what);
      const named = [...code.matchAll(/`([a-z-]+)`/g)].map(([, one = '']) => one);
      assert.ok(named.length > 0 && named.every((one) => codes.has(one)), `${what}: ${code}`);
    }
  });
  it('leaves nothing open', () => {
    assert.doesNotMatch(page, /TODO|TBD|FIXME|\?\?\?/);
  });
});
