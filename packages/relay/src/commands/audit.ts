import { printJson, printTable, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { allEntries, type ChainHead, newestEntries, verifyChain } from '../audit/index.ts';
import { fail } from '../errors/index.ts';
import type { AuditTable } from '../store/index.ts';
import { type CommonOptions, withRelay } from './open.ts';

export function addAudit(program: Command): void {
  const audit = subcommand(program, 'audit', {
    summary: 'The audit log: who did what when. List, export, verify.',
    common: false,
    examples: ['sallyport-relay audit list --data R', 'sallyport-relay audit verify --data R'],
  });
  const database = ['--database-url <url>', 'PostgreSQL instead of SQLite.'] as const;
  subcommand(audit, 'list', {
    summary: 'Show the newest entries.',
    examples: ['sallyport-relay audit list --data R --limit 20'],
  })
    .option('--limit <count>', 'How many (50).')
    .option(...database)
    .action(list);
  subcommand(audit, 'export', {
    summary: 'Print the log, one JSON object a line, oldest first, with hashes.',
    examples: ['sallyport-relay audit export --data R > audit.jsonl'],
  })
    .option('--after <number>', 'Only what comes after this entry.')
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

async function list(options: CommonOptions & { readonly limit?: string }): Promise<void> {
  const limit = count(options.limit ?? '50', '--limit', 10_000);
  await withRelay(options, async ({ store }) => {
    const entries = await newestEntries(store.db, limit);
    if (options.json) {
      printJson(entries.map(plain));
      return;
    }
    printTable(
      ['NUMBER', 'WHEN', 'WHAT', 'WHO', 'ABOUT', 'DETAILS'],
      entries.map((entry) => [
        String(entry.seq),
        new Date(entry.at).toISOString(),
        entry.event,
        entry.actor,
        entry.subject,
        entry.details,
      ]),
      'The log is empty.',
    );
  });
}

async function exportAll(options: CommonOptions & { readonly after?: string }): Promise<void> {
  const after = count(options.after ?? '0', '--after', Number.MAX_SAFE_INTEGER);
  await withRelay(options, async ({ store }) => {
    for await (const entry of allEntries(store.db, after)) {
      if (!process.stdout.write(`${JSON.stringify(plain(entry))}\n`)) {
        await new Promise((resolve) => process.stdout.once('drain', resolve));
      }
    }
  });
}

async function verify(options: CommonOptions & { readonly head?: string }): Promise<void> {
  const noted = options.head === undefined ? undefined : parseHead(options.head);
  await withRelay(options, async ({ store }) => {
    const head = await verifyChain(store.db, noted);
    if (options.json) printJson({ whole: true, head });
    else process.stdout.write(`The log is whole: ${head.seq} entries, head ${head.seq}:${head.hash}\n`);
  });
}

function parseHead(text: string): ChainHead {
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) {
    const reason = 'it has the form NUMBER:HASH, as `audit verify` prints it';
    throw fail('argument-invalid', { details: { what: '--head', reason } });
  }
  return { seq: Number(match[1]), hash: match[2] ?? '' };
}

function count(text: string, what: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw fail('argument-invalid', { details: { what, reason: `it is a whole number up to ${most}` } });
}

function plain(entry: AuditTable): object {
  return {
    ...entry,
    at: new Date(entry.at).toISOString(),
    atMs: entry.at,
    details: JSON.parse(entry.details),
  };
}
