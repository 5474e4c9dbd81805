import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  watch,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { type Finished, mustRun, programs, runCommand, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let port = '';
let tests = 0;
const bytes = randomBytes(12_345_678);
/** Two files to copy, for all tests; on this computer, and on the device, which is the same computer here. */
const original = (): string => join(stage.files, 'original');
const big = (): string => join(stage.files, 'big');
/** Folders of each test's own, on this computer and on the device. */
const here = (name: string): string => join(stage.files, `here-${tests}`, name);
const there = (name: string): string => join(stage.files, `there-${tests}`, name);
const cp = (...args: string[]): Promise<Finished> => stage.sallyport(erin, ['cp', ...args, '--json']);
const failure = ({ stdout }: Finished): { code: string; leg?: string } => JSON.parse(stdout).error;
const partOf = (path: string): string => path.replace(/([^/]+)$/, '.$1.sallyport-part');

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  const grant = await stage.fresh();
  port = String(grant.port);
  const { status } = await stage.sallyport(erin, ['pair', port], { env: { SALLYPORT_OTP: grant.otp } });
  assert.equal(status, 0);
  writeFileSync(original(), bytes);
  writeFileSync(big(), randomBytes(64_000_000));
});
beforeEach(() => {
  tests += 1;
  mkdirSync(here(''));
  mkdirSync(there(''));
});
after(() => stage.end());

/** Starts a copy, and gives it back when `part` has at least `size` bytes. */
async function startedCopy(args: string[], part: string, size: number): Promise<ReturnType<typeof spawn>> {
  const grown = new Promise<void>((resolve) => {
    const watcher = watch(join(part, '..'), () => {
      if (!existsSync(part) || statSync(part).size < size) return;
      watcher.close();
      resolve();
    });
  });
  const child = spawn(programs.support, ['cp', ...args, '--data', erin, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await grown;
  return child;
}

describe('cp', () => {
  it('copies a file to the device and back, whole, with mode and time, and leaves nothing else', async () => {
    chmodSync(original(), 0o640);
    utimesSync(original(), 1_700_000_000, 1_700_000_000);
    const up = await cp(original(), `${port}:${there('up')}`);
    assert.equal(up.status, 0, up.stdout + up.stderr);
    assert.deepEqual(
      { ...JSON.parse(up.stdout), seconds: 0 },
      { files: 1, bytes: bytes.length, skipped: 0, seconds: 0 },
    );
    const down = await cp(`${port}:${there('up')}`, here('down'));
    assert.equal(down.status, 0, down.stdout + down.stderr);
    for (const file of [there('up'), here('down')]) {
      assert.ok(readFileSync(file).equals(bytes));
      assert.equal(statSync(file).mode & 0o777, 0o640);
      assert.equal(statSync(file).mtimeMs, 1_700_000_000_000);
    }
    assert.deepEqual(readdirSync(there('')), ['up']);
    assert.deepEqual(readdirSync(here('')), ['down']);
  });
  it('copies into a folder under the name of the source', async () => {
    mkdirSync(there('folder'));
    assert.equal((await cp(original(), `${port}:${there('folder')}/`)).status, 0);
    assert.ok(readFileSync(there('folder/original')).equals(bytes));
  });
  it('copies an empty file, and one over another', async () => {
    writeFileSync(here('empty'), '');
    writeFileSync(there('target'), 'not empty');
    assert.equal((await cp(here('empty'), `${port}:${there('target')}`)).status, 0);
    assert.equal(statSync(there('target')).size, 0);
  });
  it('copies a folder with all that is in it, links to files as files', async () => {
    mkdirSync(here('tree/inner/deep'), { recursive: true });
    for (let n = 0; n < 30; n += 1) writeFileSync(here(`tree/inner/file ${n}`), String(n));
    writeFileSync(here('tree/ünïcödé'), 'x');
    symlinkSync('ünïcödé', here('tree/link'));
    chmodSync(here('tree/inner'), 0o750);
    utimesSync(here('tree/inner'), 1_600_000_000, 1_600_000_000);
    assert.equal((await cp(here('tree'), `${port}:${there('tree')}`)).status, 0);
    assert.equal((await cp(`${port}:${there('tree')}`, here('back'))).status, 0);
    await mustRun('diff', ['-r', here('tree'), here('back')]);
    assert.ok(lstatSync(here('back/link')).isFile());
    assert.equal(statSync(here('back/inner')).mtimeMs, 1_600_000_000_000);
    assert.equal(statSync(here('back/inner')).mode & 0o777, 0o750);
  });
  it('leaves out what is no file, says so, and copies the rest', async () => {
    mkdirSync(here('odd'));
    writeFileSync(here('odd/file'), 'x');
    symlinkSync('/nowhere', here('odd/dangling'));
    symlinkSync('/etc', here('odd/elsewhere'));
    await mustRun('mkfifo', [here('odd/pipe')]);
    const { status, stderr, stdout } = await cp(here('odd'), `${port}:${there('odd')}`);
    assert.equal(status, 1);
    assert.equal(failure({ status, stderr, stdout }).code, 'copied-in-part');
    for (const name of ['dangling', 'elsewhere', 'pipe'])
      assert.match(stderr, new RegExp(`odd/${name}: .*left out`));
    assert.deepEqual(readdirSync(there('odd')), ['file']);
  });
  it('goes on in the same session when the relay is killed and started again', async () => {
    const child = await startedCopy([big(), `${port}:${there('big')}`], partOf(there('big')), 8_000_000);
    await stage.restartRelay('SIGKILL');
    assert.deepEqual(await once(child, 'close'), [0, null]);
    await mustRun('cmp', [big(), there('big')]);
  });
  for (const direction of ['to the device', 'from the device']) {
    it(`goes on with a part that an earlier call left, when its session is long gone, ${direction}`, async () => {
      const up = direction === 'to the device';
      const target = up ? there('again') : here('again');
      const args = up ? [big(), `${port}:${target}`] : [`${port}:${big()}`, target];
      const child = await startedCopy(args, partOf(target), 24_000_000);
      child.kill('SIGKILL');
      await once(child, 'close');
      assert.ok(!existsSync(target));
      const rest = await cp(...args);
      assert.equal(rest.status, 0, rest.stdout + rest.stderr);
      assert.ok(JSON.parse(rest.stdout).skipped > 8_000_000, rest.stdout);
      await mustRun('cmp', [big(), target]);
      assert.ok(!existsSync(partOf(target)));
    });
  }
  it('begins anew with a part of another source, or one that somebody changed', async () => {
    const args = [big(), `${port}:${there('third')}`];
    const child = await startedCopy(args, partOf(there('third')), 16_000_000);
    child.kill('SIGKILL');
    await once(child, 'close');
    await mustRun('dd', [
      'if=/dev/zero',
      `of=${partOf(there('third'))}`,
      'bs=1',
      'count=9',
      'conv=notrunc',
      'status=none',
    ]);
    const anew = await cp(...args);
    assert.equal(JSON.parse(anew.stdout).skipped, 0);
    await mustRun('cmp', [big(), there('third')]);
  });
});

describe('cp that cannot', () => {
  it('says what is not there, and where', async () => {
    const onDevice = await cp(`${port}:${there('nothing')}`, here('x'));
    assert.deepEqual(
      [onDevice.status, failure(onDevice).code, failure(onDevice).leg],
      [1, 'file-not-found', 'device'],
    );
    const onThis = await cp(here('nothing'), `${port}:${there('x')}`);
    assert.deepEqual(
      [onThis.status, failure(onThis).code, failure(onThis).leg],
      [1, 'file-not-found', 'this-computer'],
    );
    const noFolder = await cp(original(), `${port}:${there('no/folder')}`);
    assert.equal(failure(noFolder).code, 'file-not-found');
  });
  it('says what is not permitted', async () => {
    const refused = await cp(`${port}:/proc/1/environ`, here('x'));
    assert.deepEqual(
      [refused.status, failure(refused).code, failure(refused).leg],
      [3, 'file-denied', 'device'],
    );
    const own = await cp(`${port}:${join(stage.deviceData, 'version')}`, here('x'));
    assert.equal(failure(own).code, 'file-denied');
  });
  it('says that a folder is in the way', async () => {
    mkdirSync(there('taken/original'), { recursive: true });
    const refused = await cp(original(), `${port}:${there('taken')}`);
    assert.equal(refused.status, 1);
    assert.match(failure(refused).code, /^file-(other-kind|failed)$/);
  });
  it('says that the disk is full, here and there, and goes on when there is room', async () => {
    const small = join(stage.files, 'small');
    mkdirSync(small);
    await mustRun('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', small]);
    try {
      const full = await cp(original(), `${port}:${join(small, 'x')}`);
      assert.deepEqual([full.status, failure(full).code, failure(full).leg], [1, 'disk-full', 'device']);
      await mustRun('rm', ['-f', join(small, '.x.sallyport-part')]);
      const down = await cp(`${port}:${original()}`, join(small, 'x'));
      assert.deepEqual(
        [down.status, failure(down).code, failure(down).leg],
        [1, 'disk-full', 'this-computer'],
      );
      await mustRun('mount', ['-o', 'remount,size=64m', small]);
      const rest = await cp(`${port}:${original()}`, join(small, 'x'));
      assert.equal(rest.status, 0, rest.stdout + rest.stderr);
      assert.ok(JSON.parse(rest.stdout).skipped > 0);
      assert.ok(readFileSync(join(small, 'x')).equals(bytes));
    } finally {
      await runCommand('umount', [small]);
    }
  });
  it('wants exactly one place on a device', async () => {
    for (const [source = '', target = ''] of [
      ['a', 'b'],
      ['40123:a', '40124:b'],
    ]) {
      const refused = await cp(source, target);
      assert.deepEqual([refused.status, failure(refused).code], [2, 'copy-malformed']);
    }
  });
  // The last one: the grant of the others has ended after it.
  it('is refused without the scope, before anything is sent', async () => {
    const grant = await stage.fresh('--for', '1h', '--allow', 'files:read');
    const env = { SALLYPORT_OTP: grant.otp };
    const refused = await stage.sallyport(erin, ['cp', original(), `${grant.port}:${there('y')}`, '--json'], {
      env,
    });
    assert.deepEqual([refused.status, failure(refused).code], [3, 'scope-refused']);
    const allowed = await stage.sallyport(erin, ['cp', `${grant.port}:${original()}`, here('y')]);
    assert.equal(allowed.status, 0, allowed.stderr);
  });
});
