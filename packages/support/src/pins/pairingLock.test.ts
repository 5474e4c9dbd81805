import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { systemClock } from '@sallyport/runtime/clock';
import { withPairingLock } from './pairingLock.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-lock-'));
const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const clock = systemClock();
const isOfAll = (): boolean => true;
const freshFile = (): string => join(mkdtempSync(join(folder, 'of-')), 'lock');

/** Another program that takes the lock and says `held`; then runs `body` with the lock. */
function holder(file: string, body: string): ChildProcess {
  const script = `
    import { withPairingLock } from ${JSON.stringify(join(import.meta.dirname, 'pairingLock.ts'))};
    import { systemClock } from '@sallyport/runtime/clock';
    import { fail } from '@sallyport/protocol/errors';
    import fs from 'node:fs';
    await withPairingLock(${JSON.stringify(file)}, { clock: systemClock(), since: Date.now(), isOfAll: () => true }, async () => {
      process.stdout.write('held');
      ${body}
    }).catch((error) => { process.exitCode = error.row?.exit ?? 9; });`;
  const child = spawn(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    {
      cwd: import.meta.dirname,
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  children.push(child);
  return child;
}
const untilInputEnds = "await new Promise((r) => process.stdin.resume().on('end', r));";

describe('the lock for pairing', () => {
  it('lets one of many programs in at a time', async () => {
    const file = freshFile();
    const log = join(folder, 'log');
    const body = `fs.appendFileSync(${JSON.stringify(log)}, '<'); await new Promise((r) => setImmediate(r)); fs.appendFileSync(${JSON.stringify(log)}, '>');`;
    const exits = Array.from({ length: 8 }, () => once(holder(file, body), 'exit'));
    assert.deepEqual(new Set((await Promise.all(exits)).map(([code]) => code)), new Set([0]));
    assert.equal(readFileSync(log, 'utf8'), '<>'.repeat(8));
  });
  it('is free at once when its holder is killed', async () => {
    const file = freshFile();
    const child = holder(file, untilInputEnds);
    await once(child.stdout ?? child, 'data');
    let waited = false;
    const mine = withPairingLock(
      file,
      {
        clock,
        since: Date.now(),
        isOfAll,
        onWait: () => {
          waited = true;
        },
      },
      async () => 'mine',
    );
    child.kill('SIGKILL');
    assert.equal(await mine, 'mine');
    assert.equal(waited, true);
    assert.equal(existsSync(`${file}-journal`), false);
  });
  it('hands the failure of its holder to all who waited, without running them', async () => {
    const file = freshFile();
    const child = holder(file, `${untilInputEnds} throw fail('otp-wrong', { details: { left: 2 } });`);
    await once(child.stdout ?? child, 'data');
    let runs = 0;
    const run = async (): Promise<void> => {
      runs += 1;
    };
    const waiting = [1, 2, 3].map(() =>
      withPairingLock(file, { clock, since: Date.now(), isOfAll, onWait: () => child.stdin?.end() }, run),
    );
    for (const result of await Promise.allSettled(waiting)) {
      assert.equal(result.status, 'rejected');
      assert.equal(result.reason.code, 'otp-wrong');
      assert.equal(result.reason.details.left, 2);
    }
    assert.equal(runs, 0);
    await withPairingLock(file, { clock, since: Date.now() + 1, isOfAll }, run);
    assert.equal(runs, 1);
  });
  it('keeps a failure to itself that is not everybody’s', async () => {
    const file = freshFile();
    const since = Date.now();
    const none = { clock, since, isOfAll: () => false };
    await assert.rejects(
      withPairingLock(file, none, () => Promise.reject(fail('device-away'))),
      { code: 'device-away' },
    );
    assert.equal(await withPairingLock(file, none, async () => 1), 1);
  });
  it('throws what its own run throws, and is free then', async () => {
    const file = freshFile();
    await assert.rejects(
      withPairingLock(file, { clock, since: Date.now(), isOfAll }, () => Promise.reject(fail('otp-void'))),
      { code: 'otp-void' },
    );
    assert.equal(await withPairingLock(file, { clock, since: Date.now(), isOfAll }, async () => 1), 1);
  });
  it('ends its wait when told to', async () => {
    const file = freshFile();
    const child = holder(file, untilInputEnds);
    await once(child.stdout ?? child, 'data');
    const stop = new AbortController();
    const mine = withPairingLock(
      file,
      { clock, since: Date.now(), isOfAll, signal: stop.signal, onWait: () => stop.abort(fail('timed-out')) },
      async () => 1,
    );
    await assert.rejects(mine, { code: 'timed-out' });
    child.stdin?.end();
  });
});
