import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { eventsOf } from './eventLines.ts';
import type { FileEvent } from './fileEvent.ts';

const opened: FileEvent = { event: 'opened', file: 1, path: '/a "b"\n', direction: 'read', created: false };
const changed: FileEvent = { event: 'changed', what: 'renamed', path: '/a', to: '/b', result: 'done' };
const refused: FileEvent = { event: 'refused', what: 'open', path: '/proc/1/environ' };
const line = (event: FileEvent): string => `${JSON.stringify(event)}\n`;

async function told(chunks: readonly string[]): Promise<(FileEvent | 'malformed')[]> {
  const pipe = new PassThrough();
  const all: (FileEvent | 'malformed')[] = [];
  eventsOf(pipe, { event: (event) => all.push(event), malformed: () => all.push('malformed') });
  for (const chunk of chunks) pipe.write(chunk);
  pipe.end();
  await new Promise((resolve) => pipe.once('end', resolve));
  return all;
}

describe('events', () => {
  it('are told one by one, however their lines are cut', async () => {
    const text = line(opened) + line(changed) + line(refused);
    assert.deepEqual(await told([text]), [opened, changed, refused]);
    assert.deepEqual(await told([...text]), [opened, changed, refused]);
  });

  for (const [what, bad] of [
    ['is no JSON', 'x\n'],
    ['is another event', '{"event":"deleted","path":"/a"}\n'],
    [
      'has a number that is none',
      '{"event":"opened","file":-1,"path":"/a","direction":"read","created":true}\n',
    ],
    ['is longer than the cap', `${' '.repeat(65_537)}\n`],
    ['never ends', 'x'.repeat(65_537)],
  ] as const)
    it(`stop at a line that ${what}`, async () => {
      assert.deepEqual(await told([line(opened), bad, line(changed), 'y\n']), [opened, 'malformed']);
    });

  it('may be as long as the cap', async () => {
    const text = JSON.stringify(opened);
    assert.deepEqual(await told([`${text}${' '.repeat(65_536 - text.length)}\n`]), [opened]);
  });
});
