import { setTimeout as sleep } from 'node:timers/promises';
import { printable } from '@sallyport/protocol/text';
import {
  type AuditFlags,
  type AuditWish,
  addFilters,
  readFilters,
  readHead,
  toOcsf,
  writeLines,
} from '@sallyport/runtime/audit';
import { interruptSignal, printJson, printTable, subcommand, version } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { type AuditFilter, allEntries, newestEntries, newestSeq, verifyChain } from '../audit/index.ts';
import type { AuditTable, Store } from '../store/index.ts';
import { type CommonOptions, withRelay } from './open.ts';

type Options = CommonOptions & AuditFlags;

/** How often the log is looked at that is followed, in milliseconds. */
const followMs = 300;

export function addAudit(program: Command): void {
  const audit = subcommand(program, 'audit', {
    summary: 'The audit log: who did what when. List, export, verify.',
    common: false,
    examples: ['sallyport-relay audit list --data R', 'sallyport-relay audit verify --data R'],
  });
  const database = ['--database-url <url>', 'PostgreSQL instead of SQLite.'] as const;
  addFilters(
    subcommand(audit, 'list', {
      summary: 'Show the newest entries.',
      examples: [
        'sallyport-relay audit list --data R --limit 20',
        'sallyport-relay audit list --data R --who erin@maker.example --follow',
      ],
    })
      .option('--limit <count>', 'How many (50).')
      .option('--follow', 'Also what comes, until Ctrl-C.'),
  )
    .option(...database)
    .action(list);
  addFilters(
    subcommand(audit, 'export', {
      summary: 'Print the log, one JSON object a line, oldest first, with hashes.',
      examples: [
        'sallyport-relay audit export --data R > audit.jsonl',
        'sallyport-relay audit export --data R --ocsf --from 2027-01-01',
      ],
    })
      .option('--after <number>', 'Only what comes after this entry.')
      .option('--ocsf', 'As events of the Open Cybersecurity Schema Framework.'),
  )
    .option(...database)
    .action(exportAll);
  subcommand(audit, 'verify', {
    summary: 'Check that no entry was changed, taken out or put in.',
    description:
      'Check the chain of hashes from the first entry to the last, and print its head. Note the head elsewhere: with ' +
      '--head, a later check proves that the log up to it is the same, even against somebody who owns the database.',
    examples: ['sallyport-relay audit verify --data R --head 1204:9f86d0…'],
  })
    .option('--head <number:hash>', 'A head that was noted before.')
    .option(...database)
    .action(verify);
}

async function list(options: Options): Promise<void> {
  const wish = readFilters(options);
  await withRelay(options, async ({ store }) => {
    const seen = options.follow ? await newestSeq(store.db) : 0;
    const entries = await newestEntries(store.db, wish.limit, filterOf(wish));
    if (options.follow)
      return follow(
        store,
        wish,
        entries.filter(({ seq }) => seq <= seen),
        seen,
        options,
      );
    if (options.json) {
      printJson(entries.map(plain));
      return;
    }
    printTable(
      ['NUMBER', 'WHEN', 'WHAT', 'WHO', 'ABOUT', 'DETAILS'],
      entries.map(row),
      'There is no such entry.',
    );
  });
}

async function follow(
  store: Store,
  wish: AuditWish,
  first: readonly AuditTable[],
  seen: number,
  options: Options,
): Promise<void> {
  const signal = interruptSignal();
  const line = (entry: AuditTable): string =>
    options.json ? JSON.stringify(plain(entry)) : row(entry).join('  ');
  let entries = first;
  for (let after = seen; ; ) {
    if (!(await writeLines(entries.map(line))) || signal.aborted) return;
    await sleep(followMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // What is beyond the filter is not looked at twice.
    const head = await newestSeq(store.db);
    entries = head > after ? await between(store, after, head, filterOf(wish)) : [];
    after = head;
  }
}

async function between(
  store: Store,
  after: number,
  head: number,
  filter: AuditFilter,
): Promise<AuditTable[]> {
  const found: AuditTable[] = [];
  for await (const entry of allEntries(store.db, after, filter)) if (entry.seq <= head) found.push(entry);
  return found;
}

async function exportAll(options: Options): Promise<void> {
  const wish = readFilters(options);
  const lineOf = options.ocsf ? ocsf : plain;
  await withRelay(options, async ({ store }) => {
    const batch = 1_000;
    let lines: string[] = [];
    for await (const entry of allEntries(store.db, wish.after, filterOf(wish))) {
      if (lines.push(JSON.stringify(lineOf(entry))) < batch) continue;
      if (!(await writeLines(lines))) return;
      lines = [];
    }
    await writeLines(lines);
  });
}

async function verify(options: CommonOptions & { readonly head?: string }): Promise<void> {
  const noted = readHead(options.head);
  await withRelay(options, async ({ store }) => {
    const head = await verifyChain(store.db, noted);
    if (options.json) printJson({ whole: true, head });
    else process.stdout.write(`The log is whole: ${head.seq} entries, head ${head.seq}:${head.hash}\n`);
  });
}

const filterOf = ({ event, who, grant, from, to }: AuditWish): AuditFilter => ({
  event,
  who,
  grant,
  from,
  to,
});

const row = (entry: AuditTable): string[] => [
  String(entry.seq),
  new Date(entry.at).toISOString(),
  printable(entry.event, 60),
  printable(entry.actor, 200),
  printable(entry.subject, 200),
  printable(entry.details, 500),
];

function plain(entry: AuditTable): object {
  return {
    ...entry,
    at: new Date(entry.at).toISOString(),
    atMs: entry.at,
    details: JSON.parse(entry.details),
  };
}

function ocsf({ seq, at, event, actor, subject, details, hash }: AuditTable): object {
  const fields = { actor, subject, ...(JSON.parse(details) as object) };
  return toOcsf({ seq, at, event, hash, actor, subject, fields }, { name: 'sallyport-relay', version });
}
