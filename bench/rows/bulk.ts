/** One stream of bulk on loopback, by every tool (design, section 4: the path of a byte). */
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { byCopy, type Direction, type Files, throughCommand, throughPort } from '../flow.ts';
import type { Bench, Row } from '../row.ts';
import type { Nested } from '../sides/openssh.ts';
import type { Sallyport } from '../sides/sallyport.ts';
import { bareSplice, openSplice } from '../sides/splice.ts';
import { type Line, megabytesPerSecond } from '../table.ts';
import { inTurns } from '../turns.ts';

const mebibyte = 2 ** 20;

export const row: Row = {
  name: 'bulk',
  quick: true,
  run: async (bench) => {
    const ours = await bench.sallyport();
    const nested = await bench.openssh();
    const bytes = (bench.quick ? 128 : 512) * mebibyte;
    const directions: readonly Direction[] = bench.quick ? ['from'] : ['from', 'to'];
    const files = makeFiles(bench.folder, bytes);
    const lines: Line[] = [];
    for (const direction of directions) {
      lines.push(await tcp(bench, { ours, nested }, direction, bytes));
      lines.push(...(await commands(bench, { ours, nested }, direction, bytes)));
      lines.push(...(await copies(bench, { ours, nested }, direction, files)));
    }
    return lines;
  },
};

type Sides = { readonly ours: Sallyport; readonly nested: Nested };

const where = (direction: Direction): string => (direction === 'from' ? 'from the device' : 'to the device');

export function makeFiles(folder: string, bytes: number): Files {
  const files = { big: join(folder, 'big'), small: join(folder, 'small'), target: join(folder, 'target') };
  writeFileSync(files.big, randomBytes(bytes));
  writeFileSync(files.small, 'x');
  return files;
}

async function tcp(
  bench: Bench,
  { ours, nested }: Sides,
  direction: Direction,
  bytes: number,
): Promise<Line> {
  bench.say(`TCP channel, ${where(direction)}`);
  const [mine, theirs, bare] = [await ours.forward(), await nested.forward(), await openSplice()];
  const flow = (port: number) => () => throughPort((command) => command, port, direction, bytes);
  const subjects = { ours: flow(mine.port), nested: flow(theirs.port), bare: flow(bare.port) };
  const values = await inTurns(subjects, bench.repetitions);
  for (const one of [mine, theirs, bare]) await one.end();
  return {
    what: `TCP channel, ${where(direction)}`,
    unit: megabytesPerSecond,
    ours: values.ours,
    peers: [
      { name: nested.name, values: values.nested },
      { name: bareSplice, values: values.bare },
    ],
    goals: [
      { peer: nested.name, atLeast: 2 },
      { peer: bareSplice, atLeast: 0.5 },
    ],
  };
}

async function commands(
  bench: Bench,
  { ours, nested }: Sides,
  direction: Direction,
  bytes: number,
): Promise<Line[]> {
  bench.say(`exec and ssh, ${where(direction)}`);
  const values = await inTurns(
    {
      exec: () => throughCommand(ours.exec, direction, bytes),
      ssh: () => throughCommand(ours.ssh, direction, bytes),
      nested: () => throughCommand(nested.ssh, direction, bytes),
    },
    bench.repetitions,
  );
  const beside = {
    unit: megabytesPerSecond,
    peers: [{ name: nested.name, values: values.nested }],
    goals: [{ peer: nested.name, atLeast: 1 }],
  };
  return [
    { what: `exec, ${where(direction)}`, ours: values.exec, ...beside },
    { what: `ssh, ${where(direction)}`, ours: values.ssh, ...beside },
  ];
}

async function copies(
  bench: Bench,
  { ours, nested }: Sides,
  direction: Direction,
  files: Files,
): Promise<Line[]> {
  bench.say(`scp and sallyport cp, ${where(direction)}`);
  const [scp, cp, theirs] =
    direction === 'from'
      ? [ours.scpFrom, ours.cpFrom, nested.scpFrom]
      : [ours.scpTo, ours.cpTo, nested.scpTo];
  const values = await inTurns(
    {
      cp: () => byCopy(cp, files),
      scp: () => byCopy(scp, files),
      nested: () => byCopy(theirs, files),
    },
    bench.repetitions,
  );
  const beside = {
    unit: megabytesPerSecond,
    peers: [{ name: `${nested.name} scp`, values: values.nested }],
    goals: [{ peer: `${nested.name} scp`, atLeast: 1 }],
  };
  return [
    { what: `scp, ${where(direction)}`, ours: values.scp, ...beside },
    { what: `sallyport cp, ${where(direction)}`, ours: values.cp, ...beside },
  ];
}
