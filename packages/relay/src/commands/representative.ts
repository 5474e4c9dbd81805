import { encodeToken } from '@sallyport/protocol/enrolment';
import { rootSha256 } from '@sallyport/protocol/identity';
import { parseList, printJson, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { readAuthority } from '../authority/index.ts';
import { notifyNodes } from '../bus/index.ts';
import { inviteRepresentative, resetRepresentative, revokeRepresentative } from '../representatives/index.ts';
import { type CommonOptions, type Work, withRelay } from './open.ts';
import { listOf } from './representativeList.ts';
import { endOfTime, endOfToken, iso, reachablePorts, representativeId } from './words.ts';

type InviteOptions = CommonOptions & {
  readonly admin?: boolean;
  readonly for?: string;
  readonly until?: string;
  readonly ports?: readonly string[];
};

export function addRepresentative(program: Command): void {
  const representative = subcommand(program, 'representative', {
    summary: 'Representatives: invite, list, revoke, reset.',
    common: false,
    examples: ['sallyport-relay representative invite erin@maker.example --data R'],
  });
  withInvitation(
    subcommand(representative, 'invite <name>', {
      summary: 'Invite a representative; they log in once with what is printed.',
      description:
        'Invite a representative. Their key is made on their own computer by `sallyport login`, which spends the invitation.',
      examples: [
        'sallyport-relay representative invite erin@maker.example --data R --json',
        'sallyport-relay representative invite omar@partner.example --until 2027-03-31 --data R',
      ],
    }).option(
      '--admin',
      'With the role "admin" instead of "support": noted, but without any further right so far.',
    ),
  ).action(invite);
  subcommand(representative, 'list [name]', {
    summary: 'List the representatives, or every key that one of them had.',
    examples: [
      'sallyport-relay representative list --data R',
      'sallyport-relay representative list erin@maker.example --data R',
    ],
  })
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(listOf);
  subcommand(representative, 'revoke <name>', {
    summary: 'Revoke a representative: live sessions end within a second, here and on the devices.',
    examples: [
      'sallyport-relay representative revoke erin@maker.example --data R --reason "left the company"',
    ],
  })
    .option('--reason <text>', 'Why; stands in the audit log, and devices are told.')
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(revoke);
  withInvitation(
    subcommand(representative, 'reset <name>', {
      summary: 'Revoke the key of a representative and invite them anew: a lost computer, or a return.',
      examples: ['sallyport-relay representative reset erin@maker.example --data R'],
    }),
  ).action(reset);
}

function withInvitation(command: Command): Command {
  return command
    .option('--for <duration>', 'How long the invitation is good: 30m, 4h, 168h (168h).')
    .option(
      '--until <date>',
      'From when on they may not come any more: 2027-03-31 for the end of that day, UTC, 2027-03-31T18:00Z, or never.',
    )
    .option('--ports <ports>', "The relay's ports, in the order in which the CLI tries them.", parseList)
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.');
}

async function invite(name: string, options: InviteOptions): Promise<void> {
  const id = representativeId(name);
  const rank = options.admin ? 'admin' : 'support';
  await withRelay(options, async (work) => {
    const endsAt = endOfToken(options.for, work.now);
    const until = endOfTime(options.until, work.now);
    const ports = await reachablePorts(options.ports, work);
    const secret = await work.store.db
      .transaction()
      .execute((writes) => inviteRepresentative(writes, { id, rank }, { ...work, endsAt, until }));
    tellInvitation(id, secret, { endsAt, until, ports }, options, work);
  });
}

async function reset(name: string, options: InviteOptions): Promise<void> {
  const id = representativeId(name);
  await withRelay(options, async (work) => {
    const endsAt = endOfToken(options.for, work.now);
    const until = endOfTime(options.until, work.now);
    const ports = await reachablePorts(options.ports, work);
    const secret = await work.store.db
      .transaction()
      .execute((writes) => resetRepresentative(writes, id, { ...work, endsAt, until }));
    await notifyNodes(work.store);
    tellInvitation(id, secret, { endsAt, until, ports }, options, work);
  });
}

function tellInvitation(
  id: string,
  secret: string,
  { endsAt, until, ports }: { endsAt: number; until?: number | null | undefined; ports: readonly number[] },
  options: InviteOptions,
  { folder, config }: Work,
): void {
  const root = rootSha256(readAuthority(folder.path).parsed);
  const text = encodeToken({ kind: 'representative', host: config.name, ports, rootSha256: root, secret });
  if (options.json)
    printJson({ invite: text, representative: id, endsAt: iso(endsAt), until: iso(until ?? null) });
  else process.stdout.write(`${text}\n`);
}

async function revoke(name: string, options: CommonOptions & { readonly reason?: string }): Promise<void> {
  const id = representativeId(name);
  await withRelay(options, async ({ store, now, actor }) => {
    const reason = (options.reason ?? '').slice(0, 200);
    await store.db
      .transaction()
      .execute((writes) => revokeRepresentative(writes, id, { now, actor, reason }));
    await notifyNodes(store);
    if (options.json) printJson({ representative: id, revoked: true });
    else process.stdout.write(`Revoked ${id}. Live sessions end within a second.\n`);
  });
}
