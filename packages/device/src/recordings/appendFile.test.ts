import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs, { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Clock } from '@sallyport/protocol/environment';
import { fakeClock } from '@sallyport/protocol/testing';
import { systemClock } from '@sallyport/runtime/clock';
import { until } from '../processes/testing.ts';
import { AppendFile } from './appendFile.ts';

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-append-'));
});
after(() => rmSync(folder, { recursive: true }));

function opened(fd: number, clock: Clock = systemClock()) {
  const told: string[] = [];
  const file = new AppendFile(fd, {
    clock,
    heldChanged: (held) => told.push(held ? 'held' : 'goes on'),
    stuck: () => told.push('stuck'),
    unstuck: () => told.push('unstuck'),
  });
  return { file, told };
}

describe('a file that is only added to', () => {
  it('has all that was added, in order, when it is closed', async () => {
    const path = join(folder, 'file');
    const { file, told } = opened(openSync(path, 'ax', 0o600));
    const pieces = Array.from({ length: 2_000 }, (_, n) => Buffer.from(`line ${n}\n`));
    for (let at = 0; at < pieces.length; at += 7) file.add(pieces.slice(at, at + 7));
    await file.close();
    assert.equal(readFileSync(path, 'utf8'), pieces.join(''));
    assert.deepEqual(told, []);
  });

  it('holds while what is written does not get through, and goes on when it does', async () => {
    // A pipe that nobody reads is a disk that has stopped.
    const path = join(folder, 'pipe');
    execFileSync('mkfifo', [path]);
    const reader = openSync(path, constants.O_RDWR);
    const { file, told } = opened(openSync(path, constants.O_WRONLY));
    const bytes = Buffer.alloc(256 * 1024, 'x');
    file.add([bytes]);
    await until(() => file.held, 'it holds');
    const into = Buffer.alloc(bytes.length);
    const closed = file.close();
    for (let got = 0; got < bytes.length; ) {
      got += readSync(reader, into, 0, into.length - got, null);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await closed;
    assert.deepEqual(told, ['held', 'goes on']);
    closeSync(reader);
  });

  it('keeps what a full disk did not take, and tries again', async () => {
    const { file, told } = opened(openSync('/dev/full', 'w'));
    file.add([Buffer.from('x')]);
    await until(() => told.includes('stuck'), 'it is stuck');
    assert.deepEqual([file.isStuck, file.held], [true, false]);
    await file.close();
    assert.deepEqual(told, ['stuck']);
  });

  it('is stuck while what was written does not get onto the disk itself, also when it is closed then', async (test) => {
    let broken: Error | undefined = Object.assign(new Error('EIO'), { code: 'EIO' });
    test.mock.method(fs, 'fdatasync', (_: number, done: (error?: Error) => void) => done(broken));
    const clock = fakeClock();
    const { file, told } = opened(openSync(join(folder, 'lost'), 'ax', 0o600), clock);
    await clock.advance(2_000);
    assert.deepEqual([told, file.isStuck], [['stuck'], true]);
    broken = undefined;
    await clock.advance(1_000);
    assert.deepEqual([told, file.isStuck], [['stuck', 'unstuck'], false]);
    broken = new Error('EIO');
    file.add([Buffer.from('x')]);
    await file.close();
    assert.deepEqual(told, ['stuck', 'unstuck', 'stuck']);
  });

  it('is closed once, and not while it is told to the disk, when the disk is full at the end', async (test) => {
    let synced = (): void => {};
    test.mock.method(fs, 'fdatasync', (_: number, done: () => void) => {
      synced = done;
    });
    const full = (...[, , , done]: [number, Buffer[], null, (error: Error) => void]) =>
      done(new Error('full'));
    test.mock.method(fs, 'writev', full);
    const close = test.mock.method(fs, 'close', (_: number, done: () => void) => done());
    const clock = fakeClock();
    const { file } = opened(-1, clock);
    await clock.advance(1_000);
    const closed = file.close();
    file.add([Buffer.from('x')]);
    assert.equal(close.mock.callCount(), 0);
    synced();
    await closed;
    assert.equal(close.mock.callCount(), 1);
  });
});
