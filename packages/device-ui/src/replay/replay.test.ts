import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseCast } from './cast.ts';
import { search, shownIn } from './search.ts';

const head = '{"version":3,"term":{"cols":80,"rows":24}}';
const cast = (...lines: string[]) => parseCast([head, ...lines].join('\n'));
const output = (...texts: string[]) => cast(...texts.map((text) => JSON.stringify([1, 'o', text])));

describe('a recording that is replayed', () => {
  it('is its events, without comments, a torn line, and what nobody replays', () => {
    const found = cast(
      '# sallyport-seal {} x',
      '[0.5,"o","hi"]',
      '[1,"i","secret"]',
      '[2,"x","0"]',
      '[3,"o","to',
    );
    assert.deepEqual(found, {
      columns: 80,
      rows: 24,
      events: [
        [0.5, 'o', 'hi'],
        [2, 'x', '0'],
      ],
    });
  });

  it('draws no terminal larger than a wall, and waits no longer than a day', () => {
    const found = cast('[1e300,"r","65535x65535"]', '[-3,"r","0x-1"]');
    assert.deepEqual(found?.events, [
      [86_400, 'r', '500x200'],
      [0, 'r', '80x24'],
    ]);
  });

  it('is none if it does not begin as one', () => {
    assert.equal(parseCast('age-encryption.org/v1\n-> X25519'), undefined);
    assert.equal(parseCast('{"version":2,"width":80,"height":24}'), undefined);
  });

  it('is read whatever is in it', () => {
    const lines = fc.array(
      fc.oneof(fc.string(), fc.json(), fc.constant('[1,"o","\\u001b]0;'), fc.string({ unit: 'binary' })),
    );
    fc.assert(
      fc.property(lines, fc.string({ minLength: 1 }), (some, words) => {
        const found = cast(...some);
        assert.ok(found);
        const shown = shownIn(found);
        assert.doesNotMatch(shown.text, /\x1b/);
        for (const hit of search(shown, words)) assert.ok(hit.at >= 0);
      }),
      { seed: 6, numRuns: 300 },
    );
  });
});

describe('the text of a recording', () => {
  it('is what a person read: no title, no colour, no link, no clipboard', () => {
    const found = output(
      '\u001b]0;title\u0007\u001b[1;31mred\u001b[0m ',
      '\u001b]8;;https://evil.example\u001b\\link\u001b]8;;\u001b\\',
      '\u001b]52;c;b3du\u0007',
    );
    assert.equal(found && shownIn(found).text, 'red link');
  });

  it('is found at its time, also where a sequence began in one event and ended in another', () => {
    const found = output('one\r\n', '\u001b]0;not thi', 's\u0007two THREE\r\n');
    assert.ok(found);
    assert.deepEqual(search(shownIn(found), 'three'), [
      { place: 8, at: 3, before: 'two ', words: 'THREE', after: '' },
    ]);
    assert.deepEqual(search(shownIn(found), 'not this'), []);
    assert.deepEqual(
      search(shownIn(found), 'one').map(({ at }) => at),
      [1],
    );
  });

  it('hides nothing that was shown behind a sequence that another one ends, as in a terminal', () => {
    for (const end of ['\u001b[0m', '\u0018', '\u001a', '\u009c', '\u001b\\']) {
      for (const begin of ['\u001b]0;', '\u001bP', '\u001b_', '\u009d0;', '\u0090']) {
        const found = output(`${begin}not this${end}shown`);
        assert.equal(found && shownIn(found).text, 'shown', JSON.stringify([begin, end]));
      }
    }
  });

  it('is read also where one sequence is megabytes long', () => {
    const found = output(`\u001b]0;${'x'.repeat(20_000_000)}\u0007shown`);
    assert.equal(found && shownIn(found).text, 'shown');
  });

  it('is found whatever its case, also behind a letter that is longer in lower case', () => {
    const found = output('\u0130 THREE');
    assert.ok(found);
    assert.deepEqual(
      search(shownIn(found), 'Three').map(({ place, words }) => [place, words]),
      [[2, 'THREE']],
    );
  });

  it('has a hundred places at the most', () => {
    const found = output('x'.repeat(1_000));
    assert.equal(found && search(shownIn(found), 'x').length, 100);
  });
});
