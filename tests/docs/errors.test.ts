import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { errorsPage, findTables, formatErrors } from '../../scripts/errorsDoc.ts';

const tables = await findTables();

describe('docs/errors.md', () => {
  it('is byte for byte what the tables say', () => {
    assert.equal(
      readFileSync(errorsPage, 'utf8'),
      formatErrors(tables),
      'run: sh scripts/node scripts/errorsDoc.ts',
    );
  });

  it('has a line of seven cells for every row of every table', () => {
    const lines = readFileSync(errorsPage, 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    assert.deepEqual(
      lines.map((line) => line.split('`')[1]),
      tables.flatMap(({ rows }) => Object.keys(rows)),
    );
    for (const line of lines) assert.equal(line.split(/(?<!\\)\|/).length, 9, line);
  });
});

describe('the tables of errors', () => {
  it('are those of all packages that have one', () => {
    assert.deepEqual(
      tables.map((table) => table.package),
      ['protocol', 'runtime', 'device', 'relay', 'support'],
    );
  });

  it('use each close code once', () => {
    for (const { package: name, rows } of tables) {
      const codes = Object.values(rows).map((row) => row.close);
      assert.deepEqual(
        codes.filter((code, index) => codes.indexOf(code) !== index),
        [],
        name,
      );
    }
  });

  it('give no code of protocol or runtime, which every program meets, another meaning', () => {
    const shared = tables.filter((table) => table.package === 'protocol' || table.package === 'runtime');
    for (const table of tables) {
      const others = shared.filter((other) => other !== table).flatMap(({ rows }) => Object.keys(rows));
      assert.deepEqual(
        Object.keys(table.rows).filter((code) => others.includes(code)),
        [],
        table.package,
      );
    }
  });

  it('have sentences for people, HTTP statuses and close codes in range', () => {
    for (const { rows } of tables) {
      for (const [code, row] of Object.entries(rows)) {
        assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
        assert.ok(row.http >= 200 && row.http <= 599, code);
        assert.ok(row.close >= 4_000 && row.close <= 4_999, code);
        assert.ok(row.text.length > 0 && row.next.length > 0, code);
      }
    }
  });
});
