import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { printable } from './index.ts';

describe('printable', () => {
  it('leaves words, marks and emoji of any language alone', () => {
    for (const text of ['', 'erin@maker.example', 'Gerät „7“', '機器', 'جهاز', 'नमस्ते', '🔧', '❤️', 'a b']) {
      assert.equal(printable(text), text);
    }
  });

  it('takes the power from terminal sequences, line breaks and tabs', () => {
    assert.equal(printable('\u001b[31mred\u001b]0;title\u0007'), '\ufffd[31mred\ufffd]0;title\ufffd');
    assert.equal(
      printable('one\r\ntwo\tthree\u0085four\u2028five\u2029'),
      'one\ufffd\ufffdtwo\ufffdthree\ufffdfour\ufffdfive\ufffd',
    );
    assert.equal(printable('\u009b1m\u007f\u0000'), '\ufffd1m\ufffd\ufffd');
  });

  it('shows where something would turn the text around or hide in it', () => {
    assert.equal(printable('exe.\u202egpj'), 'exe.\ufffdgpj');
    assert.equal(printable('\u2066a\u2069'), '\ufffda\ufffd');
    for (const hidden of [
      '\u00ad',
      '\u200b',
      '\u200d',
      '\u2060',
      '\ufeff',
      '\u115f',
      '\u3164',
      '\u{e0041}',
      '\u{1d173}',
    ]) {
      assert.equal(printable(`a${hidden}b`), 'a\ufffdb');
    }
  });

  it('replaces a lone surrogate', () => {
    assert.equal(printable('a\ud83db'), 'a\ufffdb');
    assert.equal(printable('\udd27'), '\ufffd');
  });

  it('cuts what is too long, says so, and never cuts a character in half', () => {
    assert.equal(printable('12345', 5), '12345');
    assert.equal(printable('123456', 5), '1234…');
    assert.equal(printable('123🔧56', 5), '123…');
    assert.equal(printable('12🔧456', 5), '12🔧…');
    // Shorter after replacing is still shorter than what was sent.
    assert.equal(printable('\u{e0041}\u{e0041}\u{e0041}', 5), '\ufffd\ufffd…');
  });

  it('gives well-formed text of bounded length that it would not change again', () => {
    const units = fc.string({ unit: 'binary', maxLength: 60 });
    const lone = fc
      .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 60 })
      .map((u) => String.fromCharCode(...u));
    const property = fc.property(
      fc.oneof(units, lone),
      fc.integer({ min: 1, max: 40 }),
      (text, maxLength) => {
        const shown = printable(text, maxLength);
        assert.ok(shown.length <= maxLength);
        assert.ok(shown.isWellFormed());
        assert.doesNotMatch(shown, /[\p{Cc}\p{Bidi_Control}]/u);
        assert.equal(printable(shown, maxLength), shown);
      },
    );
    fc.assert(property, { seed: 20_270_106, numRuns: 2_000 });
  });
});
