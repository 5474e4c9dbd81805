/** How soon a keystroke is seen: on an idle shell, and beside a bulk copy in another session. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { openShell, type Shell, typeKeys } from '../latency.ts';
import type { Bench, Row } from '../row.ts';
import { parts } from '../sides/service.ts';
import type { Forward } from '../sides/side.ts';
import { bareChain, openChain } from '../sides/splice.ts';
import { type Line, milliseconds, quantile } from '../table.ts';
import { inTurns } from '../turns.ts';

export const row: Row = {
  name: 'echo',
  quick: true,
  run: async (bench) => {
    const ours = await bench.sallyport();
    const nested = await bench.openssh();
    const keys = bench.quick ? 80 : 400;
    const shells = {
      ssh: await openShell(ours.shell(), 'pipes'),
      nested: await openShell(nested.shell(), 'pipes'),
      connect: await openShell(ours.connect(), 'terminal'),
      nestedTerminal: await openShell(nested.shell(), 'terminal'),
      chain: await openChain(),
    };
    for (const shell of Object.values(shells)) bench.defer(shell.end);
    bench.say('on an idle shell');
    const idle = await typeIn(bench, shells, keys);
    bench.say('beside a bulk copy');
    const copies = { ours: await ours.forward(), nested: await nested.forward() };
    for (const copy of Object.values(copies)) bench.defer(copy.end);
    const beside = await typeIn(
      bench,
      {
        ssh: during(copies.ours, shells.ssh),
        nested: during(copies.nested, shells.nested),
        connect: during(copies.ours, shells.connect),
        nestedTerminal: during(copies.nested, shells.nestedTerminal),
      },
      keys,
    );
    const soon = { atMost: 0.3 };
    const busy = { atMost: 10 };
    return [
      ...lines('keystroke on an idle shell', idle, nested.name, { p50: soon }),
      ...lines('keystroke beside a bulk copy', beside, nested.name, { p50: busy, p99: busy }),
    ];
  },
};

type Times<Name extends string> = Readonly<Record<Name, number[][]>>;

/** A shell of which each key is typed while a copy runs in another session of the same side. */
function during(copy: Forward, shell: Shell): Shell & { start(): () => Promise<void> } {
  return {
    ...shell,
    start: () => {
      // More than it can carry meanwhile.
      const bytes = String(2 ** 44);
      const client = [join(parts, 'client.ts'), '127.0.0.1', String(copy.port), 'give', bytes];
      const child = spawn(process.execPath, client, { stdio: 'ignore' });
      const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
      return async () => {
        child.kill('SIGKILL');
        await closed;
      };
    },
  };
}

function typeIn<Name extends string>(
  bench: Bench,
  shells: Readonly<Record<Name, Shell & { start?(): () => Promise<void> }>>,
  keys: number,
): Promise<Times<Name>> {
  const type = async (shell: Shell & { start?(): () => Promise<void> }): Promise<number[]> => {
    const stop = shell.start?.();
    // What has just begun is not under way yet.
    if (stop) await new Promise((resolve) => setTimeout(resolve, 500));
    const times = await typeKeys(shell, keys);
    await stop?.();
    return times;
  };
  const subjects = Object.entries<Shell>(shells).map(([name, shell]) => [name, () => type(shell)]);
  return inTurns(Object.fromEntries(subjects) as Record<Name, () => Promise<number[]>>, bench.repetitions);
}

function lines(
  what: string,
  times: Times<'ssh' | 'nested' | 'connect' | 'nestedTerminal'> & Partial<Times<'chain'>>,
  name: string,
  bounds: { readonly p50: { atMost: number }; readonly p99?: { atMost: number } },
): Line[] {
  const tools = [
    ['ssh', 'ssh', 'nested'],
    ['sallyport connect', 'connect', 'nestedTerminal'],
  ] as const;
  return tools.flatMap(([tool, mine, theirs]) =>
    (['p50', 'p99'] as const).map((percentile) => {
      const at = percentile === 'p50' ? 0.5 : 0.99;
      const bound = bounds[percentile];
      return {
        what: `${what}, ${tool}, ${percentile}`,
        unit: milliseconds,
        ours: times[mine].map((run) => quantile(run, at)),
        peers: [
          { name, values: times[theirs].map((run) => quantile(run, at)) },
          ...(times.chain ? [{ name: bareChain, values: times.chain.map((run) => quantile(run, at)) }] : []),
        ],
        goals: [{ peer: name, atMost: 1 }, ...(bound ? [bound] : [])],
      };
    }),
  );
}
