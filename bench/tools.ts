/** One stream of bulk by every tool, and by the same tools through nested OpenSSH. */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byCopy, type Direction, type Files, throughCommand, throughPort } from './flow.ts';
import type { Nested } from './sides/openssh.ts';
import type { Sallyport } from './sides/sallyport.ts';
import type { Forward } from './sides/side.ts';
import { type Goal, type Line, megabytesPerSecond, type Peer } from './table.ts';
import { inTurns } from './turns.ts';

export type Sides = { readonly ours: Sallyport; readonly nested: Nested };

/** Something else that carries TCP, to measure beside a TCP channel. */
export type Bare = { readonly name: string; open(): Promise<Forward> };

export type ToolsOptions = {
  readonly sides: Sides;
  readonly bytes: number;
  readonly repetitions: number;
  /** Whether a first run is not counted. */
  readonly warmUp?: boolean;
  /** For the files of the copies. */
  readonly folder: string;
  readonly bare: Bare;
  /** What is to be reached by a TCP channel, and by the other tools; beside the peers of these names. */
  readonly goals: (tool: 'tcp' | 'other', peer: string) => readonly Goal[];
  /** Put behind the name of each line. */
  readonly where?: string;
  readonly say: (text: string) => void;
};

const way = (direction: Direction): string => (direction === 'from' ? 'from the device' : 'to the device');

function makeFiles(folder: string, bytes: number): Files {
  const files = { big: join(folder, 'big'), small: join(folder, 'small'), target: join(folder, 'target') };
  writeFileSync(files.big, randomBytes(bytes));
  writeFileSync(files.small, 'x');
  return files;
}

export async function measureTools(options: ToolsOptions, direction: Direction): Promise<readonly Line[]> {
  const { where = '' } = options;
  const named = (tool: string): string => `${tool}, ${way(direction)}${where}`;
  const line = (
    tool: string,
    kind: 'tcp' | 'other',
    ours: readonly number[],
    peers: readonly Peer[],
  ): Line => ({
    what: named(tool),
    unit: megabytesPerSecond,
    ours,
    peers,
    goals: options.goals(kind, peers[0]?.name ?? ''),
  });
  const tcp = await channels(options, direction);
  const streams = await commands(options, direction);
  const files = await copies(options, direction);
  const { name } = options.sides.nested;
  const beside = (values: readonly number[]): Peer[] => [{ name, values }];
  return [
    line('TCP channel', 'tcp', tcp.ours, [
      ...beside(tcp.nested),
      { name: options.bare.name, values: tcp.bare },
    ]),
    line('exec', 'other', streams.exec, beside(streams.nested)),
    line('ssh', 'other', streams.ssh, beside(streams.nested)),
    line('scp', 'other', files.scp, beside(files.nested)),
    line('sallyport cp', 'other', files.cp, beside(files.nested)),
  ];
}

export async function channels(
  { sides: { ours, nested }, bytes, repetitions, warmUp, bare, say }: ToolsOptions,
  direction: Direction,
): Promise<{ ours: number[]; nested: number[]; bare: number[] }> {
  say(`a TCP channel ${way(direction)}`);
  const opened = [await ours.forward(), await nested.forward(), await bare.open()] as const;
  const [mine, theirs, plain] = opened;
  const flow = (port: number) => () => throughPort(ours.enter, port, direction, bytes);
  try {
    const subjects = { ours: flow(mine.port), nested: flow(theirs.port), bare: flow(plain.port) };
    return await inTurns(subjects, repetitions, warmUp);
  } finally {
    for (const one of opened) await one.end();
  }
}

function commands(
  { sides: { ours, nested }, bytes, repetitions, warmUp, say }: ToolsOptions,
  direction: Direction,
): Promise<{ exec: number[]; ssh: number[]; nested: number[] }> {
  say(`exec and ssh ${way(direction)}`);
  const subjects = {
    exec: () => throughCommand(ours.exec, direction, bytes),
    ssh: () => throughCommand(ours.ssh, direction, bytes),
    nested: () => throughCommand(nested.ssh, direction, bytes),
  };
  return inTurns(subjects, repetitions, warmUp);
}

function copies(
  { sides: { ours, nested }, bytes, folder, repetitions, warmUp, say }: ToolsOptions,
  direction: Direction,
): Promise<{ cp: number[]; scp: number[]; nested: number[] }> {
  say(`scp and sallyport cp ${way(direction)}`);
  const files = makeFiles(folder, bytes);
  const [scp, cp, theirs] =
    direction === 'from'
      ? [ours.scpFrom, ours.cpFrom, nested.scpFrom]
      : [ours.scpTo, ours.cpTo, nested.scpTo];
  const subjects = {
    cp: () => byCopy(cp, files),
    scp: () => byCopy(scp, files),
    nested: () => byCopy(theirs, files),
  };
  return inTurns(subjects, repetitions, warmUp);
}
