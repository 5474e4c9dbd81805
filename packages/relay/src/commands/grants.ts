import { printJson, printTable, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { listOpenGrants } from '../grants/index.ts';
import { type CommonOptions, withRelay } from './open.ts';
import { moment } from './words.ts';

export function addGrants(program: Command): void {
  subcommand(program, 'grants', {
    summary: 'List the open grants.',
    examples: ['sallyport-relay grants --data R --json'],
  })
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(grants);
}

async function grants(options: CommonOptions): Promise<void> {
  await withRelay(options, async ({ store, now }) => {
    const open = await listOpenGrants(store.db, now);
    if (options.json) {
      printJson(open);
      return;
    }
    printTable(
      ['PORT', 'DEVICE', 'NAME', 'STATE', 'ENDS', 'SCOPES', 'REFERENCE'],
      open.map((grant) => [
        String(grant.port),
        grant.device,
        grant.name,
        grant.connected ? 'connected' : 'away',
        moment(Date.parse(grant.endsAt)),
        grant.scopes.join(' '),
        grant.reference ?? '',
      ]),
      'No grant is open.',
    );
  });
}
