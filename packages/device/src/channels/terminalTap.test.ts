import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { TerminalTap } from './terminalTap.ts';

const size = { columns: 80, rows: 24 };
function tapped(): { tap: TerminalTap; changes: boolean[]; heard: string[]; watch(): () => void } {
  const changes: boolean[] = [];
  const heard: string[] = [];
  const tap: TerminalTap = new TerminalTap(size, () => changes.push(tap.watched));
  return {
    tap,
    changes,
    heard,
    watch: () =>
      tap.watch({
        output: (bytes) => heard.push(String(bytes)),
        resized: ({ columns, rows }) => heard.push(`${columns}x${rows}`),
        ended: () => heard.push('ended'),
      }),
  };
}

describe('a terminal that is watched', () => {
  it('shows what it has shown, then what it shows', () => {
    const { tap, heard, watch } = tapped();
    tap.output(Buffer.from('before '));
    tap.resized({ columns: 132, rows: 43 });
    assert.deepEqual([String(tap.shown()), tap.size], ['before ', { columns: 132, rows: 43 }]);
    watch();
    tap.output(Buffer.from('after'));
    tap.resized(size);
    tap.end();
    assert.deepEqual(heard, ['after', '80x24', 'ended']);
  });

  it('says when somebody begins to watch, and when nobody does any more', () => {
    const { tap, changes, watch } = tapped();
    const [one, other] = [watch(), watch()];
    one();
    one();
    assert.deepEqual(changes, [true]);
    other();
    watch();
    tap.end();
    assert.deepEqual(changes, [true, false, true, false]);
  });

  it('keeps the last 256 KiB, whether it came in large pieces or byte by byte', () => {
    const { tap } = tapped();
    for (let n = 0; n < 100; n += 1) tap.output(Buffer.alloc(10_000, n));
    assert.ok(tap.shown().length >= 256 * 1024 && tap.shown().length <= 256 * 1024 + 10_000);
    assert.equal(tap.shown().at(-1), 99);
    for (let n = 0; n < 300_000; n += 1) tap.output(Buffer.from([n % 251]));
    const shown = tap.shown();
    assert.ok(shown.length >= 256 * 1024 && shown.length <= 256 * 1024 + 10_000);
    assert.deepEqual([shown.at(-1), shown.at(-2)], [299_999 % 251, 299_998 % 251]);
  });

  it('that is over tells that at once', () => {
    const { tap, heard, watch } = tapped();
    tap.end();
    watch();
    assert.deepEqual(heard, ['ended']);
  });
});
