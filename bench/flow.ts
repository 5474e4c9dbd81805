/** One stream of bytes from one end to the other, by different tools; and how fast it was. */
import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mustRun } from '../scripts/stage/program.ts';
import type { Counted, Dated } from './parts/count.ts';
import { parts } from './sides/service.ts';
import type { CommandLine } from './sides/side.ts';

export type Direction = 'from' | 'to';

const node = process.execPath;
const sink = `${node} ${join(parts, 'sink.ts')}`;
const blockBytes = 128 * 1024;
/** The longest that one run may take. */
const patienceMs = 300_000;

/** In a line of a shell: writes so many bytes, a whole number of blocks, to standard output. */
const sourceLine = (bytes: number): string =>
  `dd if=/dev/zero bs=${blockBytes} count=${Math.ceil(bytes / blockBytes)} status=none`;

const rate = ({ bytes, seconds }: Counted): number => bytes / 1e6 / seconds;

function counted(text: string, bytes: number): Counted {
  const told = JSON.parse(text) as Counted;
  if (told.bytes < bytes) throw new Error(`${told.bytes} of ${bytes} bytes arrived`);
  return told;
}

/**
 * Through the standard streams of a remote command, such as `ssh`: megabytes a second where the bytes arrive, from the
 * first to the last.
 */
export async function throughCommand(
  remote: (line: string) => CommandLine,
  direction: Direction,
  bytes: number,
): Promise<number> {
  // Two programs joined by a pipe: none of the bytes passes the bench itself.
  const [pipe, command] =
    direction === 'from'
      ? [`"$@" </dev/null | ${sink}`, remote(sourceLine(bytes))]
      : [`${sourceLine(bytes)} | "$@"`, remote(sink)];
  const text = await mustRun('sh', ['-c', pipe, 'sh', ...command], { timeoutMs: patienceMs });
  return rate(counted(text, bytes));
}

async function useService<Told extends Counted>(
  enter: (command: CommandLine) => CommandLine,
  port: number,
  verb: 'give' | 'take',
  bytes: number,
): Promise<Told> {
  const client = [node, join(parts, 'client.ts'), '127.0.0.1', String(port), verb, String(bytes)] as const;
  const [command, ...args] = enter(client);
  return counted(await mustRun(command, args, { timeoutMs: patienceMs }), bytes) as Told;
}

/** Through a TCP connection to the device's service: megabytes a second where the bytes arrive. */
export async function throughPort(
  enter: (command: CommandLine) => CommandLine,
  port: number,
  direction: Direction,
  bytes: number,
): Promise<number> {
  return rate(await useService(enter, port, direction === 'from' ? 'give' : 'take', bytes));
}

/**
 * From the device through several such connections at once: megabytes a second of all together, from the first byte of
 * the first to the last byte of the last.
 */
export async function throughPortsAtOnce(
  enter: (command: CommandLine) => CommandLine,
  ports: readonly number[],
  bytes: number,
): Promise<number> {
  const flows = await Promise.all(ports.map((port) => useService<Dated>(enter, port, 'give', bytes)));
  const began = Math.min(...flows.map(({ beganMs }) => beganMs));
  const ended = Math.max(...flows.map(({ beganMs, seconds }) => beganMs + seconds * 1_000));
  return rate({ bytes: ports.length * bytes, seconds: (ended - began) / 1_000 });
}

export type Files = { readonly big: string; readonly small: string; readonly target: string };

/**
 * By a tool that copies files: megabytes a second of what the big file takes longer than a file of one byte, so that
 * starting, connecting and proving who one is are not in it.
 */
export async function byCopy(
  copy: (source: string, target: string) => CommandLine,
  { big, small, target }: Files,
): Promise<number> {
  const take = async (source: string): Promise<number> => {
    rmSync(target, { force: true });
    const [command, ...args] = copy(source, target);
    const began = performance.now();
    await mustRun(command, args, { timeoutMs: patienceMs });
    const took = performance.now() - began;
    if (statSync(target).size !== statSync(source).size) throw new Error(`${source} did not arrive whole`);
    return took / 1_000;
  };
  const short = await take(small);
  const long = await take(big);
  return rate({ bytes: statSync(big).size, seconds: long - short });
}
