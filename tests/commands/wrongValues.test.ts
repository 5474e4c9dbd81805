/** A flag with a wrong value is wrong use, of whichever program: exit code 2, and a sentence that names the flag. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { mustRun, programs, runCommand } from '../stage/index.ts';

let folder = '';
const relay = (): string => join(folder, 'relay');
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  await mustRun(programs.relay, [
    'init',
    '--data',
    relay(),
    '--name',
    'localhost',
    '--listen',
    '127.0.0.1:1',
  ]);
});
after(() => rmSync(folder, { recursive: true, force: true }));

const serve: readonly string[] = ['serve'];
const token: readonly string[] = ['device', 'token'];
const cases: { readonly [program in keyof typeof programs]: readonly (readonly string[])[] } = {
  relay: [
    [...serve, '--drain', 'abc'],
    [...serve, '--drain', '-1'],
    [...serve, '--listen', 'abc'],
    [...serve, '--node', 'Upper.Case'],
    [...serve, '--database-url', 'http://example'],
    [...serve, '--log-level', 'loud'],
    [...token, '--uses', 'abc'],
    [...token, '--for', 'abc'],
    [...token, '--ports', 'abc'],
    ['representative', 'invite', 'erin@maker.example', '--until', 'abc'],
    ['audit', 'list', '--limit', 'abc'],
  ],
  device: [
    [...serve, '--web', 'abc'],
    [...serve, '--run-as', 'no-such-user'],
    [...serve, '--outbound-port', 'abc'],
    [...serve, '--relay-ports', '443,abc'],
    [...serve, '--proxy', 'abc'],
    [...serve, '--file-roots', 'abc'],
    [...serve, '--log-level', 'loud'],
    ['enable', '--allow', 'web', '--for', 'abc'],
    ['enable', '--allow', 'web', '--wait', 'abc'],
    ['extend', '--for', '25h'],
  ],
  support: [
    ['pair', '40123', '--wait', 'abc'],
    ['ask', '40123', '--why', 'x', '--for', 'abc'],
  ],
};

describe('a flag with a wrong value', { concurrency: 2 }, () => {
  for (const program of ['relay', 'device', 'support'] as const) {
    for (const words of cases[program]) {
      const [value = '', flag = ''] = words.toReversed();
      it(`of ${program} ${words.join(' ')} is wrong use, and is named`, async () => {
        const data = program === 'relay' ? relay() : join(folder, program);
        // As one word: a value that begins with a hyphen is one all the same.
        const args = [...words.slice(0, -2), `${flag}=${value}`, '--data', data];
        const { status, stderr } = await runCommand(programs[program], args, { timeoutMs: 20_000 });
        assert.equal(status, 2, stderr);
        assert.ok(stderr.includes(flag), stderr);
      });
    }
  }
});
