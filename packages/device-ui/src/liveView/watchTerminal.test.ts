import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Screen } from './terminal.ts';
import { behindCap, watchTerminal } from './watchTerminal.ts';

/** A screen that draws when it is told to, and streams whose other side is this test. */
function stage() {
  const drawn: (() => void)[] = [];
  const done: string[] = [];
  const sources: { say: (name: string, data: object) => void; closed: boolean }[] = [];
  const states: string[] = [];
  const screen: Screen = {
    resize: (columns, rows) => done.push(`${columns}x${rows}`),
    write: (bytes, after) => {
      done.push(bytes.length > 20 ? `${bytes.length} bytes` : Buffer.from(bytes).toString());
      drawn.push(after);
    },
    clear: () => done.push('clear'),
    close: () => {},
  };
  const stop = watchTerminal({
    screen,
    open: () => {
      const hearers = new Map<string, (event: { data: string }) => void>();
      const one = {
        closed: false,
        say: (name: string, data: object) => hearers.get(name)?.({ data: JSON.stringify(data) }),
      };
      sources.push(one);
      return {
        addEventListener: (name: string, hear: (event: { data: string }) => void) => hearers.set(name, hear),
        close: () => {
          one.closed = true;
        },
      } as unknown as EventSource;
    },
    changed: ({ at }) => states.push(at),
    clock: { now: () => 0, after: () => () => {} },
  });
  const text = (words: string) => ({ shown: Buffer.from(words).toString('base64') });
  const draw = (): void => {
    for (const after of drawn.splice(0)) after();
  };
  return { sources, done, states, stop, text, draw };
}

describe('a terminal that is watched', () => {
  it('begins with what it shows, and goes on with what comes', () => {
    const { sources, done, text, states } = stage();
    sources[0]?.say('screen', { columns: 80, rows: 24, ...text('$ ') });
    sources[0]?.say('output', text('ls'));
    sources[0]?.say('resized', { columns: 100, rows: 30 });
    assert.deepEqual(done, ['clear', '80x24', '$ ', 'ls', '100x30']);
    assert.deepEqual(states, ['live']);
  });

  it('leaves out what cannot be drawn in time, and begins anew when it has drawn the rest', () => {
    const { sources, text, draw } = stage();
    const megabyte = text('x'.repeat(1024 * 1024));
    sources[0]?.say('screen', { columns: 80, rows: 24, ...text('') });
    for (let sent = 0; sent <= behindCap; sent += 1024 * 1024) sources[0]?.say('output', megabyte);
    assert.equal(sources[0]?.closed, true);
    assert.equal(sources.length, 1);
    draw();
    assert.equal(sources.length, 2);
  });

  it('says that it has ended, and asks no more', () => {
    const { sources, states, draw, text } = stage();
    sources[0]?.say('output', text('bye'));
    sources[0]?.say('ended', {});
    draw();
    assert.deepEqual([states.at(-1), sources.length, sources[0]?.closed], ['ended', 1, true]);
  });

  it('is left alone when nobody looks any more', () => {
    const { sources, stop, draw } = stage();
    stop();
    draw();
    assert.deepEqual([sources.length, sources[0]?.closed], [1, true]);
  });
});
