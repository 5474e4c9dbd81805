/** Twenty `ssh` at once on a fresh grant. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Row } from '../row.ts';
import type { Sallyport } from '../sides/sallyport.ts';
import { type Line, seconds, times } from '../table.ts';

const calls = 20;

export const row: Row = {
  name: 'twenty',
  quick: true,
  run: async (bench) => {
    const ours = await bench.sallyport();
    const nested = await bench.openssh();
    // Each needs a fresh grant, and a device may open ten an hour.
    const repetitions = bench.quick ? 2 : 4;
    const runs: Run[] = [];
    const beside: number[] = [];
    for (let run = 0; run < repetitions; run += 1) {
      bench.say(`run ${run + 1} of ${repetitions}`);
      runs.push(await onFreshGrant(ours));
      beside.push((await atOnce(nested.ssh('true'))).took);
    }
    const lines: Line[] = [
      {
        what: `${calls} ssh at once on a fresh grant, until all are done`,
        unit: seconds,
        ours: runs.map(({ took }) => took),
        peers: [{ name: nested.name, values: beside }],
        goals: [{ atMost: 2 }],
      },
      {
        what: 'of these that failed',
        unit: times,
        ours: runs.map(({ failed }) => failed),
        goals: [{ atMost: 0 }],
      },
      {
        what: 'pairings for them',
        unit: times,
        ours: runs.map(({ pairings }) => pairings),
        goals: [{ atLeast: 1, atMost: 1 }],
      },
    ];
    return lines;
  },
};

type Run = { readonly took: number; readonly failed: number; readonly pairings: number };

async function onFreshGrant(ours: Sallyport): Promise<Run> {
  const grant = await ours.enable();
  // What the agent logs meanwhile; of what it said before, only the end is kept.
  let said = '';
  const listen = (chunk: Buffer): void => {
    said += chunk.toString();
  };
  const outputs = [ours.device.child.stdout, ours.device.child.stderr];
  for (const output of outputs) output?.on('data', listen);
  const done = await atOnce(ours.sshTo(grant.port, 'true'), { SALLYPORT_OTP: grant.otp });
  for (const output of outputs) output?.off('data', listen);
  return { ...done, pairings: said.split('"representative-paired-1"').length - 1 };
}

async function atOnce(
  [command, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv = {},
): Promise<{ took: number; failed: number }> {
  const began = performance.now();
  const codes = await Promise.all(
    Array.from({ length: calls }, async () => {
      const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: 'ignore' });
      const [code] = (await once(child, 'close')) as [number | null];
      return code;
    }),
  );
  const took = (performance.now() - began) / 1_000;
  return { took, failed: codes.filter((code) => code !== 0).length };
}
