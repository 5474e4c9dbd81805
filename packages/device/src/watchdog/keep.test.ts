import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Log, silentLog } from '@sallyport/protocol/environment';
import { type FakeClock, fakeClock, settle } from '@sallyport/protocol/testing';
import { Terminal } from '../processes/index.ts';
import { running, testSession, until, withSpareDescriptors } from '../processes/testing.ts';
import { keepWatchdog } from './keep.ts';

const { execPath } = process;
let folder: string;
let clock: FakeClock;
let logged: string[];
let watchdog: ReturnType<typeof keepWatchdog> | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  clock = fakeClock();
  logged = [];
});
afterEach(async () => {
  process.execPath = execPath;
  watchdog?.stop();
  await until(() => watchdogs().length === 0, 'the watchdog ends');
  rmSync(folder, { recursive: true });
});

const watchdogs = (): number[] => running(`watchdog/main.ts ${folder}`);
function keep(): void {
  const log: Log = { ...silentLog, error: (event) => logged.push(event) };
  watchdog = keepWatchdog({ folder, clock, log, leftMs: () => 3_600_000 });
}

describe('an agent with a grant', { timeout: 30_000 }, () => {
  it('tries again a second later when its watchdog could not be started', async () => {
    process.execPath = join(folder, 'nothing');
    keep();
    await until(() => logged.length > 0, 'it is logged');
    assert.deepEqual(logged, ['watchdog-not-started-1']);
    process.execPath = execPath;
    await clock.advance(1_000);
    await settle();
    await until(() => watchdogs().length === 1, 'a watchdog');
  });

  it('tries again a second later when it had no descriptor for its watchdog', async () => {
    await withSpareDescriptors(0, async () => {
      keep();
      await until(() => logged.length > 0, 'it is logged');
      assert.deepEqual(logged, ['watchdog-not-started-1']);
    });
    await clock.advance(1_000);
    await until(() => watchdogs().length === 1, 'a watchdog');
  });

  it('gives its watchdog no terminal of a session', async () => {
    const session = testSession();
    const terminal = new Terminal(session.start('read line'), { columns: 80, rows: 24 }, 'sane');
    keep();
    await until(() => watchdogs().length === 1, 'a watchdog');
    const [pid] = watchdogs();
    const open = readdirSync(`/proc/${pid}/fd`).map((descriptor) => linkOf(`/proc/${pid}/fd/${descriptor}`));
    assert.deepEqual(
      open.filter((path) => /ptmx|pts/.test(path)),
      [],
    );
    await session.containment.end();
    terminal.destroy();
  });
});

function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
