import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { after, before, describe, it } from 'node:test';
import { systemRandom } from '@sallyport/runtime/random';
import { makeFolder } from '../agent/testing.ts';
import { openState } from '../state/index.ts';

const program = join(import.meta.dirname, '../../bin/sallyport-device');
const folder = makeFolder();
const beside = makeFolder();
const erin = 'erin@maker.example';
const begin = Date.UTC(2027, 0, 1);

const device = (...words: string[]) =>
  spawnSync(program, ['audit', ...words, '--data', folder], { encoding: 'utf8' });
const listed = (...words: string[]): string[] =>
  (JSON.parse(device('list', ...words, '--json').stdout) as { event: string }[]).map(({ event }) => event);

function write(count: number): void {
  const state = openState(folder, systemRandom);
  for (let n = 0; n < count; n += 1) {
    state.audit.append(
      'grant-enabled-1',
      { grant: `g${n}`, by: 'alice', scopes: ['web'] },
      begin + n * 1_000,
    );
    state.audit.append('session-opened-1', { grant: `g${n}`, representative: erin }, begin + n * 1_000 + 1);
  }
  state.close();
}

let following: ChildProcess | undefined;
before(() => {
  const password = join(beside, 'password');
  writeFileSync(password, 'correct horse battery staple');
  const made = spawnSync(program, ['admin', 'add', 'alice', '--password-file', password, '--data', folder]);
  assert.equal(made.status, 0, String(made.stderr));
  write(3);
});
after(() => {
  following?.kill('SIGKILL');
  for (const one of [folder, beside]) rmSync(one, { recursive: true });
});

describe('the audit log on the command line', { timeout: 60_000 }, () => {
  it('is listed by event, person, grant and time', () => {
    assert.equal(listed('--event', 'grant-enabled-1').length, 3);
    assert.deepEqual(listed('--who', erin, '--limit', '1'), ['session-opened-1']);
    assert.deepEqual(listed('--grant', 'g1'), ['grant-enabled-1', 'session-opened-1']);
    assert.deepEqual(listed('--from', '2027-01-01T00:00:02Z'), ['grant-enabled-1', 'session-opened-1']);
    assert.equal(device('list', '--from', 'yesterday').status, 2);
    assert.match(device('list').stdout, /2027-01-01.*session-opened-1 +grant=g2/);
  });

  it('is exported whole, one object a line, and as OCSF', () => {
    const lines = device('export').stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { seq: number }).seq),
      lines.map((_, index) => index + 1),
    );
    const [told] = device('export', '--ocsf', '--grant', 'g0').stdout.trim().split('\n');
    const { class_uid, activity_id, actor, time, metadata } = JSON.parse(told ?? '{}');
    assert.deepEqual([class_uid, activity_id, actor.user.name, time], [3004, 1, 'alice', begin]);
    assert.equal(metadata.event_code, 'grant-enabled-1');
  });

  it('is followed as it grows', async () => {
    following = spawn(
      program,
      ['audit', 'list', '--data', folder, '--limit', '1', '--follow', '--event', 'agent-stopped-1', '--json'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    assert.ok(following.stdout);
    const lines = createInterface({ input: following.stdout });
    const state = openState(folder, systemRandom);
    // Whatever it had read by then, what comes again and again is seen.
    const again = setInterval(() => state.audit.append('agent-stopped-1', {}, begin), 100);
    const [line] = (await once(lines, 'line')) as [string];
    clearInterval(again);
    state.close();
    assert.equal((JSON.parse(line) as { event: string }).event, 'agent-stopped-1');
    following.kill('SIGINT');
    await once(following, 'close');
  });

  it('is said to be whole, and where it is not', () => {
    const whole = device('verify');
    assert.match(whole.stdout, /The log is whole: \d+ entries, head \d+:[0-9a-f]{64}\./);
    const [, seq, hash] = /head (\d+):([0-9a-f]{64})/.exec(whole.stdout) ?? [];
    assert.equal(device('verify', '--head', `${seq}:${hash}`).status, 0);
    const cut = device('verify', '--head', `${Number(seq) + 1}:${hash}`);
    assert.equal(cut.status, 3);
    assert.match(
      cut.stderr,
      new RegExp(`at entry ${Number(seq) + 1}: it and what came after it were cut off`),
    );
    assert.equal(device('verify', '--head', 'x').status, 2);
    const sqlite = new DatabaseSync(join(folder, 'state.sqlite'));
    sqlite.exec("UPDATE audit SET fields = '{}' WHERE seq = 3");
    sqlite.close();
    const broken = device('verify', '--json');
    assert.deepEqual([broken.status, JSON.parse(broken.stdout).error.details.seq], [3, 3]);
  });
});
