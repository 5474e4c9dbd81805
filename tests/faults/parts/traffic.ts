/** What goes through each fault: a shell that stays the same, and copies by other people's tools. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { sha256 } from '../../../scripts/stage/digest.ts';
import type { Terminal } from '../../../scripts/stage/terminal.ts';
import { programs } from '../../stage/index.ts';
import { echoTarget, type World } from './world.ts';

const pieceBytes = 1_048_576;

/** Writes a file of random bytes. @returns its SHA-256 */
async function writeRandom(path: string, bytes: number): Promise<string> {
  const hash = createHash('sha256');
  const file = await open(path, 'w');
  for (let left = bytes; left > 0; left -= pieceBytes) {
    const piece = randomBytes(Math.min(left, pieceBytes));
    hash.update(piece);
    await file.write(piece);
  }
  await file.close();
  return hash.digest('hex');
}

export type Shell = {
  readonly pid: string;
  /** Asks the shell for its process id, as a person would. */
  mustBeTheSame(timeoutMs: number): Promise<void>;
};

/** A shell by stock `ssh`, on a terminal. */
export async function openShell(world: World, timeoutMs = 30_000): Promise<Shell> {
  const terminal = world.terminal('ssh', ['-F', world.sshConfig, world.host]);
  let asked = 0;
  const ask = async (within: number): Promise<string> => {
    asked += 1;
    terminal.type(`echo "shell $((${asked}))=$$="\r`);
    const [, pid = ''] = await shown(terminal, new RegExp(`shell ${asked}=(\\d+)=`), within);
    return pid;
  };
  const pid = await ask(timeoutMs);
  return {
    pid,
    mustBeTheSame: async (within) => assert.equal(await ask(within), pid, 'the shell is the same process'),
  };
}

const shown = (terminal: Terminal, matches: RegExp, timeoutMs: number): Promise<RegExpExecArray> =>
  terminal.shows(matches, timeoutMs);

export type Copies = {
  /** Resolves when some of each copy has arrived. @throws if all of all has: then the file is too small */
  underWay(): Promise<void>;
  /** Resolves when all has arrived, and is what was sent. @throws what went wrong first */
  readonly done: Promise<void>;
};

let copies = 0;

/**
 * Copies a file of `bytes` by scp to the device, by rsync from the device, and through a forward to the device and back,
 * all at once.
 */
export function startCopies(world: World, bytes: number, timeoutMs: number): Copies {
  copies += 1;
  const { files, host, sshConfig, grant } = world;
  const name = `copy-${copies}`;
  const at = {
    source: join(files.here, name),
    scp: join(files.there, `${name}-scp`),
    rsyncSource: join(files.there, `${name}-source`),
    rsync: join(files.here, `${name}-rsync`),
    echoed: join(files.here, `${name}-echoed`),
  };
  const options = { timeoutMs };
  const up = async (sum: string): Promise<void> => {
    await world.mustRun('scp', ['-q', '-F', sshConfig, at.source, `${host}:${at.scp}`], options);
    assert.equal(await sha256(at.scp), sum, 'what scp brought is what was sent');
  };
  const down = async (): Promise<void> => {
    const sum = await writeRandom(at.rsyncSource, bytes);
    const through = `ssh -F ${sshConfig} -o ControlPath=none`;
    await world.mustRun(
      'rsync',
      ['--inplace', '-e', through, `${host}:${at.rsyncSource}`, at.rsync],
      options,
    );
    assert.equal(await sha256(at.rsync), sum, 'what rsync brought is what was sent');
  };
  const round = async (sum: string): Promise<void> => {
    const forward = world.service(programs.support, ['forward', String(grant.port), echoTarget]);
    const line = await forward.line(/^forwarding /, timeoutMs);
    const local = /127\.0\.0\.1:(\d+) →/.exec(line)?.[1];
    const seconds = Math.ceil(timeoutMs / 1_000);
    const script = `exec socat -t ${seconds} - TCP:127.0.0.1:${local} <"$1" >"$2"`;
    await world.mustRun('sh', ['-c', script, 'sh', at.source, at.echoed], options);
    assert.equal(await sha256(at.echoed), sum, 'what came back through the forward is what was sent');
    await forward.end('SIGINT');
  };
  const done = writeRandom(at.source, bytes).then(async (sum) => {
    await Promise.all([up(sum), down(), round(sum)]);
    for (const path of Object.values(at)) rmSync(path);
  });
  done.catch(() => {}); // Whoever waits for it sees it.
  const sizeOf = (path: string): number => (existsSync(path) ? statSync(path).size : 0);
  return {
    done,
    underWay: async () => {
      let over = false;
      done.finally(() => (over = true)).catch(() => {});
      const places = [at.scp, at.rsync, at.echoed];
      while (!places.every((path) => sizeOf(path) > 0)) {
        if (over) {
          await done;
          assert.fail('the copies were done before all of them were under way');
        }
        await sleep(20);
      }
    },
  };
}
