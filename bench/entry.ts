/** From a call of `exec` with the one-time password to its output: pairing, session and command in one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Sallyport } from './sides/sallyport.ts';
import { parts } from './sides/service.ts';

const line = 'echo entered';

/** Makes the representative a stranger again, and has a fresh one-time password. */
async function freshPassword({ data, onDevice }: Sallyport): Promise<string> {
  rmSync(join(data, 'pins'), { recursive: true, force: true });
  const { otp } = JSON.parse(await onDevice(['new-password', '--json'])) as { otp: string };
  return otp;
}

/** Resolves with the milliseconds until `child` prints what the command on the device prints. */
async function untilEntered(child: ChildProcess, began: number): Promise<number> {
  let took: number | undefined;
  let said = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    if (said.includes('entered')) took ??= performance.now() - began;
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await once(child, 'close');
  if (took === undefined) throw new Error(`exec did not enter: ${said}`);
  return took;
}

/** By a process that is started for it. In milliseconds. */
export async function enterCold(side: Sallyport): Promise<number> {
  const otp = await freshPassword(side);
  const [command, ...args] = side.exec(line);
  const began = performance.now();
  const env = { ...process.env, SALLYPORT_OTP: otp };
  return untilEntered(spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }), began);
}

/** By a process in which the code is loaded. In milliseconds. */
export async function enterOpen(side: Sallyport): Promise<number> {
  const otp = await freshPassword(side);
  const [command, ...args] = side.enter([process.execPath, '--expose-gc', join(parts, 'openCli.ts')]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  await once(child, 'message');
  const began = performance.now();
  child.send({ port: String(side.grant.port), otp, data: side.data, line });
  return untilEntered(child, began);
}
