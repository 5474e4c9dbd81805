/** The drill itself: `npm run drill`, as a vendor runs it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { Line } from '../../scripts/drill/report.ts';
import { type Finished, repository, runCommand } from '../stage/index.ts';

const drill = (...args: string[]): Promise<Finished> =>
  runCommand('sh', [join(repository, 'scripts/node'), join(repository, 'scripts/drill.ts'), ...args], {
    timeoutMs: 240_000,
  });

describe('the drill of the stolen relay', () => {
  let finished: Finished;
  let lines: Line[];
  before(async () => {
    finished = await drill('--json');
    lines = finished.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  });

  it('makes every attempt, and none gets in', () => {
    const ofConcern = lines.filter(({ verdict }) => verdict !== 'kept out');
    assert.deepEqual(ofConcern, [], finished.stderr);
    assert.equal(lines.length, 34);
    assert.equal(finished.status, 0, finished.stderr);
  });
  it('says of each what was tried, what happened and what the administrator saw', () => {
    for (const { tried, outcome, seen } of lines) assert.ok(tried && outcome && seen, tried);
  });
  it('shows for each thing it comes with that the same way is open to who is honest', () => {
    // The other attempts of a title have its proof in the last of them.
    const titles = new Set(lines.map(({ title }) => title));
    const proved = new Set(lines.filter(({ honest }) => honest).map(({ title }) => title));
    assert.deepEqual(
      [...titles].filter((title) => !proved.has(title)),
      [],
    );
  });
});

describe('the command of the drill', () => {
  it('says what it needs to be run against a set-up of a vendor', async () => {
    const { status, stdout } = await drill('--help');
    assert.equal(status, 0);
    for (const word of ['--relay-data', '--device-data', '--representative-data', 'copy']) {
      assert.ok(stdout.includes(word), word);
    }
  });
  it('refuses an option that it does not know, as wrong use', async () => {
    assert.equal((await drill('--relay', 'R')).status, 2);
  });
  it('refuses a folder that is none of Sallyport, and says so', async () => {
    const { status, stderr } = await drill('--relay-data', repository);
    assert.equal(status, 1);
    assert.match(stderr, /is no data folder of Sallyport/);
  });
});
