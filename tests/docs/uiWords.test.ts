import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { advices, verdicts } from '@sallyport/protocol/connectionCode';
import { protocolErrors } from '@sallyport/protocol/errors';
import { deviceErrors } from '../../packages/device/src/errors/index.ts';
import { auditEvents } from '../../packages/device/src/state/index.ts';
import { de } from '../../packages/device-ui/src/strings/de.ts';
import { en } from '../../packages/device-ui/src/strings/en.ts';

type Row = { readonly text: string; readonly next: string };
const table: { readonly [code: string]: Row } = { ...protocolErrors, ...deviceErrors };
const blanks = (...sentences: string[]): string[] =>
  [...new Set(sentences.flatMap((sentence) => sentence.match(/\{\w+\}/g) ?? []))].sort();

describe('the words of the web interface', () => {
  for (const [language, { errors, history }] of Object.entries({ en, de })) {
    it(`name only errors that there are, with details that they have (${language})`, () => {
      for (const [code, { text, next }] of Object.entries(errors)) {
        if (code === 'device-unreachable') continue; // The page's own.
        const row = table[code];
        assert.ok(row, code);
        const known = blanks(row.text, row.next);
        for (const blank of blanks(text, next)) assert.ok(known.includes(blank), `${code}: ${blank}`);
      }
    });

    it(`have a sentence for each event of the audit log, and no other (${language})`, () => {
      assert.deepEqual(Object.keys(history.events).sort(), [...auditEvents].sort());
    });
  }

  it('have every outcome of a connection test in German, with the same blanks', () => {
    const { verdicts: german, advice } = de.findings;
    assert.deepEqual(Object.keys(german).sort(), Object.keys(verdicts).sort());
    assert.deepEqual(Object.keys(advice).sort(), Object.keys(advices).sort());
    for (const [code, { text }] of Object.entries(verdicts)) {
      assert.deepEqual(blanks(german[code] ?? ''), blanks(text), code);
    }
    for (const [code, { text, next }] of Object.entries(advices)) {
      assert.deepEqual(blanks(advice[code]?.text ?? '', advice[code]?.next ?? ''), blanks(text, next), code);
    }
  });

  it('have the same blanks in both languages', () => {
    for (const [code, { text, next }] of Object.entries(en.errors)) {
      const german = de.errors[code as keyof typeof de.errors];
      assert.deepEqual(blanks(german.text, german.next), blanks(text, next), code);
    }
  });
});
