import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { fakeClock, settle } from '@sallyport/protocol/testing';
import { TerminalTap } from '../channels/terminalTap.ts';
import { showTerminal } from './terminalView.ts';

const mebibyte = 1024 * 1024;

/** Somebody who watches, and reads nothing before they are told to. */
function reader(tap: TerminalTap) {
  const clock = fakeClock();
  const stream = new PassThrough();
  // Of a response only this is used that a stream has not.
  const response = Object.assign(stream, { writeHead: () => response }) as unknown as ServerResponse;
  showTerminal(response, tap, clock);
  let text = '';
  return {
    clock,
    stream,
    waiting: () => stream.writableLength + stream.readableLength,
    async reads() {
      stream.on('data', (chunk) => {
        text += String(chunk);
      });
      await settle();
      const events = text.split('\n\n').filter((event) => event !== '');
      return events.map((event) => {
        const [, name = '', data = ''] = /^event: (\w+)\ndata: (.*)$/s.exec(event) ?? [];
        return { name, ...(JSON.parse(data) as { shown?: string; columns?: number }) };
      });
    },
  };
}
const shownIn = ({ shown = '' }: { shown?: string }): string => Buffer.from(shown, 'base64').toString();
const aTap = (): TerminalTap => new TerminalTap({ columns: 80, rows: 24 }, () => {});

describe('somebody who watches a terminal', () => {
  it('is told the screen, what comes, each size, and the end', async () => {
    const tap = aTap();
    tap.output(Buffer.from('before'));
    const { reads, stream } = reader(tap);
    tap.output(Buffer.from('after'));
    tap.resized({ columns: 132, rows: 43 });
    tap.end();
    const told = await reads();
    assert.deepEqual(
      told.map(({ name, columns, ...rest }) => [name, columns, shownIn(rest)]),
      [
        ['screen', 80, 'before'],
        ['output', undefined, 'after'],
        ['resized', 132, ''],
        ['ended', undefined, ''],
      ],
    );
    assert.ok(stream.writableEnded);
  });

  it('who does not read has a bounded part of it waiting, and then the screen as it is by then', async () => {
    const tap = aTap();
    const { reads, waiting } = reader(tap);
    for (let n = 0; n < 400; n += 1) tap.output(Buffer.alloc(64 * 1024, 'x'));
    assert.ok(waiting() < mebibyte, `${waiting()} bytes wait`);
    tap.output(Buffer.from('the newest'));
    const told = await reads();
    const last = told.at(-1) ?? { name: '' };
    assert.equal(last.name, 'screen');
    assert.match(shownIn(last), /the newest$/);
    tap.output(Buffer.from('and on'));
    assert.equal(shownIn((await reads()).at(-1) ?? {}), 'and on');
  });

  it('is one of eight at most, and leaves nothing behind', async () => {
    const tap = aTap();
    const readers = Array.from({ length: 8 }, () => reader(tap));
    assert.throws(() => reader(tap), { code: 'rate-limited' });
    for (const { stream } of readers) stream.destroy();
    await settle();
    assert.equal(tap.watched, false);
    for (const { clock } of readers) assert.equal(clock.pending(), 0);
  });
});
