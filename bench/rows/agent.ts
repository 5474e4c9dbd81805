/**
 * What the agent has in memory: at rest, while a file is copied at full speed, and with 64 forwards whose readers have
 * stopped. Counted are the agent itself, its watchdog and its workers for files; not what people run on the device. What
 * they share, such as the code of Node, counts once.
 */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLine } from '../../scripts/stage/processes.ts';
import { mustRun } from '../../scripts/stage/program.ts';
import { familyOf, residentOf, residentTogether } from '../load/resident.ts';
import type { Bench, Row } from '../row.ts';
import { openSallyport, type Sallyport } from '../sides/sallyport.ts';
import { type Line, megabytes } from '../table.ts';

const mebibyte = 2 ** 20;
const forwards = 64;
/** A stopped forward has filled what it fills when nothing has grown for so long. */
const stillMs = 5_000;
const lookMs = 100;
/** It gives memory back when it had nothing to do for ten seconds, and looks every ten. */
const restMs = 25_000;

export const row: Row = {
  name: 'agent',
  quick: false,
  run: async (bench) => {
    // The agent keeps its compiled code at its first start: from the second on it is as it will be.
    const env = { XDG_CACHE_HOME: join(bench.folder, 'cache') };
    const first = await openSallyport(join(bench.folder, 'first'), { env });
    await first.end();
    const ours = await openSallyport(join(bench.folder, 'second'), { env });
    bench.defer(() => ours.end());
    await sleep(restMs);
    const atRest = rest(ours);
    const copying = await copies(bench, ours);
    return [atRest, ...copying, await stalled(bench, ours, 1), await stalled(bench, ours, 8)];
  },
};

const agentPid = ({ device }: Sallyport): number => device.child.pid ?? 0;
const ownProcesses = (ours: Sallyport): number[] =>
  familyOf(agentPid(ours)).filter((pid) => commandLine(pid).includes('/packages/device/'));
const inMegabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

function rest(ours: Sallyport): Line {
  const { rss, own } = residentOf(agentPid(ours));
  return {
    what: 'agent at rest, Remote Support enabled',
    unit: megabytes,
    ours: [rss / 1e6],
    goals: [{ atMost: 80 }],
    note: `of it ${inMegabytes(own)} its own; with its watchdog ${inMegabytes(residentTogether(ownProcesses(ours)))}`,
  };
}

/** The most that there was while `work` ran, and of the agent alone. */
async function mostWhile(
  ours: Sallyport,
  work: Promise<unknown>,
): Promise<{ together: number; agent: number; processes: number }> {
  const most = { together: 0, agent: 0, processes: 0 };
  let over = false;
  const end = work.finally(() => {
    over = true;
  });
  while (!over) {
    const pids = ownProcesses(ours);
    most.together = Math.max(most.together, residentTogether(pids));
    most.agent = Math.max(most.agent, residentOf(agentPid(ours)).rss);
    most.processes = Math.max(most.processes, pids.length);
    await Promise.race([sleep(lookMs), end.catch(() => {})]);
  }
  await end;
  return most;
}

async function copies(bench: Bench, ours: Sallyport): Promise<Line[]> {
  const [source, target] = [join(bench.folder, 'source'), join(bench.folder, 'target')];
  writeFileSync(source, randomBytes((bench.quick ? 128 : 1_024) * mebibyte));
  const lines: Line[] = [];
  for (const [what, make] of [
    ['from the device', ours.cpFrom],
    ['to the device', ours.cpTo],
  ] as const) {
    bench.say(`a copy ${what}`);
    const [command, ...args] = make(source, target);
    const most = await mostWhile(ours, mustRun(command, args, { timeoutMs: 300_000 }));
    lines.push({
      what: `agent and its workers, a copy at full speed ${what}`,
      unit: megabytes,
      ours: [most.together / 1e6],
      goals: [{ atMost: 200 }],
      note: `the most; ${most.processes} processes, the agent alone ${inMegabytes(most.agent)}`,
    });
  }
  return lines;
}

/** Connections to a service that gives without end, and nobody reads what comes. */
async function stalled(bench: Bench, ours: Sallyport, sessions: number): Promise<Line> {
  bench.say(`${forwards} stalled forwards, sessions: ${sessions}`);
  const open = await Promise.all(Array.from({ length: sessions }, () => ours.forward()));
  const sockets: Socket[] = [];
  try {
    for (let n = 0; n < forwards; n += 1) {
      const socket = connect(open[n % sessions]?.port ?? 0, '127.0.0.1');
      socket.on('error', () => {});
      socket.pause();
      socket.write(`give ${Number.MAX_SAFE_INTEGER}\n`);
      sockets.push(socket);
    }
    const most = await mostWhile(ours, untilStill(ours));
    return {
      what: `agent, ${forwards} stalled forwards in ${sessions === 1 ? 'one session' : `${sessions} sessions`}`,
      unit: megabytes,
      ours: [most.together / 1e6],
      goals: [{ atMost: 300 }],
      note: `the most; the agent alone ${inMegabytes(most.agent)}`,
    };
  } finally {
    for (const socket of sockets) socket.destroy();
    for (const one of open) await one.end();
  }
}

async function untilStill(ours: Sallyport): Promise<void> {
  let most = 0;
  for (let since = performance.now(); performance.now() - since < stillMs; await sleep(lookMs)) {
    const now = residentOf(agentPid(ours)).rss;
    if (now <= most + mebibyte) continue;
    most = now;
    since = performance.now();
  }
}
