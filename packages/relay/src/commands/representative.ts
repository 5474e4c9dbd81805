import { encodeToken } from '@sallyport/protocol/enrolment';
import { rootSha256 } from '@sallyport/protocol/identity';
import { parseList, printJson, printTable, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { readAuthority } from '../authority/index.ts';
import { notifyNodes } from '../bus/index.ts';
import {
  inviteRepresentative,
  listRepresentatives,
  type Representative,
  resetRepresentative,
  revokeRepresentative,
} from '../representatives/index.ts';
import { type CommonOptions, type Work, withRelay } from './open.ts';
import { endOfToken, iso, moment, reachablePorts, representativeId } from './words.ts';

type InviteOptions = CommonOptions & {
  readonly admin?: boolean;
  readonly for?: string;
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
      examples: ['sallyport-relay representative invite erin@maker.example --data R --json'],
    }).option('--admin', 'With the role "admin": may see devices, representatives and audit in the console.'),
  ).action(invite);
  subcommand(representative, 'list', {
    summary: 'List the representatives.',
    examples: ['sallyport-relay representative list --data R'],
  })
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(list);
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
    .option('--ports <ports>', "The relay's ports, in the order in which the CLI tries them.", parseList)
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.');
}

async function invite(name: string, options: InviteOptions): Promise<void> {
  const id = representativeId(name);
  const rank = options.admin ? 'admin' : 'support';
  await withRelay(options, async (work) => {
    const endsAt = endOfToken(options.for, work.now);
    const ports = await reachablePorts(options.ports, work);
    const secret = await work.store.db
      .transaction()
      .execute((writes) => inviteRepresentative(writes, { id, rank }, { ...work, endsAt }));
    tellInvitation(id, secret, { endsAt, ports }, options, work);
  });
}

async function reset(name: string, options: InviteOptions): Promise<void> {
  const id = representativeId(name);
  await withRelay(options, async (work) => {
    const endsAt = endOfToken(options.for, work.now);
    const ports = await reachablePorts(options.ports, work);
    const secret = await work.store.db
      .transaction()
      .execute((writes) => resetRepresentative(writes, id, { ...work, endsAt }));
    await notifyNodes(work.store);
    tellInvitation(id, secret, { endsAt, ports }, options, work);
  });
}

function tellInvitation(
  id: string,
  secret: string,
  { endsAt, ports }: { endsAt: number; ports: readonly number[] },
  options: InviteOptions,
  { folder, config }: Work,
): void {
  const root = rootSha256(readAuthority(folder.path).parsed);
  const text = encodeToken({ kind: 'representative', host: config.name, ports, rootSha256: root, secret });
  if (options.json) printJson({ invite: text, representative: id, endsAt: iso(endsAt) });
  else process.stdout.write(`${text}\n`);
}

async function list(options: CommonOptions): Promise<void> {
  await withRelay(options, async ({ store }) => {
    const all = await listRepresentatives(store.db);
    if (options.json) {
      printJson(
        all.map((one) => ({
          id: one.id,
          role: one.rank,
          state: stateOf(one),
          computer: one.computer,
          invitedAt: iso(one.invited_at),
          loggedInAt: iso(one.logged_in_at),
          certificateEndsAt: iso(one.certificate_ends_at),
          revokedAt: iso(one.revoked_at),
          reason: one.revoked_why,
        })),
      );
      return;
    }
    printTable(
      ['REPRESENTATIVE', 'ROLE', 'STATE', 'COMPUTER', 'LOGGED IN', 'CERTIFICATE UNTIL'],
      all.map((one) => [
        one.id,
        one.rank,
        stateOf(one),
        one.computer,
        moment(one.logged_in_at),
        moment(one.certificate_ends_at),
      ]),
      'There is no representative. Invite one: sallyport-relay representative invite NAME',
    );
  });
}

function stateOf(one: Representative): string {
  if (one.revoked_at !== null) return 'revoked';
  return one.key_sha256 === null ? 'invited' : 'active';
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
