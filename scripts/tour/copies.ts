import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, statSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../stage/digest.ts';
import { mustRun } from '../stage/program.ts';
import type { Grant, Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

const mebibyte = 2 ** 20;
const sizeBytes = 64 * mebibyte;

/** Resolves once some file in `folder` has `bytes` bytes, or `otherwise` is over. */
function grown(folder: string, bytes: number, otherwise: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      const file = name && join(folder, name);
      if (file && existsSync(file) && statSync(file).size >= bytes) settle();
    });
    const settle = (): void => {
      watcher.close();
      resolve();
    };
    otherwise.then(settle, settle);
  });
}

/** 64 MiB each way with stock sftp and with `sallyport cp`; then a copy while the relay is killed. */
export async function copySteps(play: Play, scene: Scene, grant: Grant): Promise<void> {
  const { stage, folder, erin } = scene;
  const here = join(folder, 'here');
  const there = join(folder, 'there');
  mkdirSync(here);
  mkdirSync(there);
  const original = join(here, 'original');
  writeFileSync(original, randomBytes(sizeBytes));
  const wanted = await sha256(original);
  const port = String(grant.port);
  const same = async (file: string): Promise<void> =>
    prove((await sha256(file)) === wanted, `${file} differs`);

  await play('64 MiB each way with stock sftp', async () => {
    const config = join(folder, 'ssh.config');
    const { stdout } = await stage.sallyport(erin, ['ssh-config']);
    writeFileSync(config, stdout);
    const batch = `put ${original} ${join(there, 'by-sftp')}\nget ${join(there, 'by-sftp')} ${join(here, 'by-sftp')}\n`;
    await mustRun('sftp', ['-q', '-F', config, '-b', '-', `${port}.sallyport`], { input: batch });
    await same(join(there, 'by-sftp'));
    await same(join(here, 'by-sftp'));
    return `SHA-256 ${wanted.slice(0, 16)}… on both sides, by OpenSSH's own client`;
  });
  await play('64 MiB each way with sallyport cp', async () => {
    const up = await stage.sallyport(erin, ['cp', original, `${port}:${join(there, 'by-cp')}`]);
    prove(up.status === 0, up.stderr);
    await same(join(there, 'by-cp'));
    const down = await stage.sallyport(erin, ['cp', `${port}:${join(there, 'by-cp')}`, join(here, 'by-cp')]);
    prove(down.status === 0, down.stderr);
    await same(join(here, 'by-cp'));
    return `SHA-256 ${wanted.slice(0, 16)}… on both sides`;
  });
  await play('The relay is killed in the middle of a copy, and started again', async () => {
    const big = join(here, 'big');
    writeFileSync(big, randomBytes(4 * sizeBytes));
    const copy = stage.sallyport(erin, ['cp', big, `${port}:${join(there, 'big')}`]);
    await grown(there, 16 * mebibyte, copy);
    await scene.relay.end('SIGKILL');
    const size = (): number =>
      ['big', '.big.sallyport-part']
        .map((name) => join(there, name))
        .filter((file) => existsSync(file))
        .reduce((most, file) => Math.max(most, statSync(file).size), 0);
    const atKill = size();
    prove(atKill < 4 * sizeBytes, 'the copy was over before the relay was killed');
    scene.relay = await stage.startRelay();
    const { status, stderr } = await copy;
    prove(status === 0, `cp ended with ${status}: ${stderr}`);
    prove((await sha256(join(there, 'big'))) === (await sha256(big)), 'the copy differs');
    return `256 MiB arrived whole, although the relay died at about ${Math.floor(atKill / mebibyte)} MiB; nobody typed anything`;
  });
}
