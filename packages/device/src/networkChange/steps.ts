import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { carryOut, findProgram } from '../network/run.ts';

const word = z.string().max(1_000);

/** One step of a change of the network, or of its taking back. It can be done twice. */
export const stepSchema = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('run'),
    program: z.enum(['ip', 'nmcli', 'resolvectl']),
    args: z.array(word).max(64),
    /** Whether the rest goes on when it fails. */
    optional: z.boolean().default(false),
  }),
  z.strictObject({ do: z.literal('write-resolver'), text: z.string().max(64 * 1024) }),
  /** Ends the DHCP client of a network port, which would set its addresses anew. */
  z.strictObject({ do: z.literal('end-dhcp'), interface: word }),
  /** Starts a DHCP client, a program that stays; nothing if one runs for this port. */
  z.strictObject({ do: z.literal('start-dhcp'), interface: word, command: z.array(word).min(1).max(64) }),
]);
export type Step = z.output<typeof stepSchema>;

export const resolverFile = '/etc/resolv.conf';
/** Programs that ask for an address by DHCP, and stay to keep it. */
export const dhcpClients = ['dhclient', 'udhcpc', 'dhcpcd'] as const;
/** A client of DHCP has so long to end before it is killed. In milliseconds. */
const endMs = 2_000;

/**
 * Carries steps out one at a time.
 *
 * @param before what is asked before each; it throws where the rest is not to be
 */
export async function carryOutEach(
  steps: readonly Step[],
  before: () => void,
  carryOut: (steps: readonly Step[]) => Promise<void> = carryOutSteps,
): Promise<void> {
  for (const step of steps) {
    before();
    await carryOut([step]);
  }
}

/** Carries steps out, one after the other. @throws what the first one that may not fail said */
export async function carryOutSteps(steps: readonly Step[]): Promise<void> {
  for (const step of steps) await carryOutStep(step);
}

async function carryOutStep(step: Step): Promise<void> {
  switch (step.do) {
    case 'run':
      try {
        await carryOut(step.program, step.args);
      } catch (error) {
        if (!step.optional) throw error;
      }
      return;
    case 'write-resolver':
      return writeResolver(step.text);
    case 'end-dhcp':
      return endDhcp(step.interface);
    case 'start-dhcp':
      if (dhcpClientsOf(step.interface).length === 0) await startDhcp(step.command);
  }
}

/** The file that a link leads to; written in place where it is a mount of its own, as in containers. */
function writeResolver(text: string): void {
  const file = realpathSync(resolverFile);
  const fresh = `${file}.sallyport`;
  try {
    writeFileSync(fresh, text, { mode: 0o644 });
    renameSync(fresh, file);
  } catch {
    rmSync(fresh, { force: true });
    writeFileSync(file, text);
  }
}

export type DhcpClient = { readonly pid: number; readonly command: readonly string[] };

/** The DHCP clients that run for a network port in this network namespace. */
export function dhcpClientsOf(name: string): DhcpClient[] {
  const own = namespaceOf('self');
  return readdirSync('/proc')
    .filter((pid) => /^\d+$/.test(pid))
    .flatMap((pid) => {
      const command = commandOf(pid);
      const program = command[0]?.split('/').at(-1) ?? '';
      const is = (dhcpClients as readonly string[]).includes(program) && command.includes(name);
      return is && namespaceOf(pid) === own ? [{ pid: Number(pid), command }] : [];
    });
}

function commandOf(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  } catch {
    return [];
  }
}

function namespaceOf(pid: string): string {
  try {
    return realpathSync.native(`/proc/${pid}/ns/net`);
  } catch {
    return '';
  }
}

/** Not asked to release the lease: the address may be the same again. */
async function endDhcp(name: string): Promise<void> {
  const signal = (number: NodeJS.Signals): void => {
    for (const { pid } of dhcpClientsOf(name)) {
      try {
        process.kill(pid, number);
      } catch {
        // It has ended in this moment.
      }
    }
  };
  signal('SIGTERM');
  for (const until = performance.now() + endMs; dhcpClientsOf(name).length > 0; await sleep(50)) {
    if (performance.now() > until) signal('SIGKILL');
    if (performance.now() > until + endMs) throw new Error('the DHCP client does not end');
  }
}

async function startDhcp(command: readonly string[]): Promise<void> {
  const [program = '', ...args] = command;
  const path = findProgram(program.split('/').at(-1) ?? '');
  if (path === undefined) throw new Error(`${program} is not installed`);
  await new Promise<void>((resolve, reject) => {
    const child: ChildProcess = spawn(path, args, { stdio: 'ignore', detached: true, cwd: '/' });
    child.once('error', reject);
    child.once('spawn', () => resolve());
    child.unref();
  });
}
