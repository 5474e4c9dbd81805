import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Harmless } from './harmless.ts';

const seed = 20_261_124;
const shown = (...pieces: string[]): string => {
  const harmless = new Harmless();
  return pieces.map((piece) => harmless.take(piece)).join('');
};

describe('what a recording does to the terminal of somebody else', () => {
  it('is text, colours and moving of the cursor', () => {
    for (const text of [
      'Grüße 機器 🔧\r\n\t',
      '\u001b[1;31mred\u001b[0m',
      '\u001b[2J\u001b[10;5H',
      '\u001b[?25l\u001b[?1049h',
      '\u001b(B\u001b7\u001b8',
    ]) {
      assert.equal(shown(text), text);
    }
  });
  it('is no title, no clipboard, no link, no question, no mode that stays', () => {
    const hostile = [
      '\u001b]0;title\u0007',
      '\u001b]52;c;aGk=\u0007',
      '\u001b]8;;http://x\u001b\\',
      '\u001bP+q544e\u001b\\',
      '\u001b[c',
      '\u001b[6n',
      '\u001b[21t',
      '\u001b[?1000h',
      '\u001b[?2004h',
      '\u001b_x\u009c',
      '\u009b6n',
      '\u0007',
    ];
    for (const sequence of hostile) {
      for (let cut = 0; cut <= sequence.length; cut += 1) {
        const out = shown(`a${sequence.slice(0, cut)}`, `${sequence.slice(cut)}b`);
        assert.ok(!/[\u001b\u009b\u0007]/.test(out), JSON.stringify([sequence, cut, out]));
        assert.ok(out.startsWith('a') && out.endsWith('b'), JSON.stringify([sequence, out]));
      }
    }
  });
  it('does not depend on how it came in pieces, and never lets through what is not permitted', () => {
    const part = fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '?',
      '6',
      ';',
      'n',
      'm',
      'H',
      'P',
      '\\',
      '\u0007',
      'x',
      ' ',
      '\u009c',
      '(',
      'B',
      '0',
      '1049',
      'h',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), (parts) => {
        const out = shown(...parts);
        assert.equal(out, shown(parts.join('')));
        assert.ok(
          !/\u001b[\]PX^_]|\u001b\[[0-9;?]*[cnth](?<!\u001b\[\?(?:7|25|47|1047|1049)h|\u001b\[4h)/.test(out),
          JSON.stringify(out),
        );
      }),
      { seed, numRuns: 1_000 },
    );
  });
});
