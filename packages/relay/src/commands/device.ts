import { encodeToken } from '@sallyport/protocol/enrolment';
import { rootSha256 } from '@sallyport/protocol/identity';
import { parseList, printJson, printTable, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { audit } from '../audit/index.ts';
import { readAuthority } from '../authority/index.ts';
import { notifyNodes } from '../bus/index.ts';
import { listDevices, removeDevice } from '../devices/index.ts';
import { fail } from '../errors/index.ts';
import { tokenUses } from '../limits.ts';
import { makeToken } from '../tokens/index.ts';
import { type CommonOptions, withRelay } from './open.ts';
import { endOfToken, iso, moment, reachablePorts } from './words.ts';

type TokenOptions = CommonOptions & {
  readonly uses?: string;
  readonly for?: string;
  readonly label?: string;
  readonly ports?: readonly string[];
};

export function addDevice(program: Command): void {
  const device = subcommand(program, 'device', {
    summary: 'Devices: tokens to enrol them, a list, removal.',
    common: false,
    examples: ['sallyport-relay device token --data R', 'sallyport-relay device list --data R'],
  });
  subcommand(device, 'token', {
    summary: 'Make a token by which a device enrols.',
    description:
      'Make a token for `sallyport-device enroll`. It works once, or --uses times (a production line), and ends by itself. ' +
      'The relay keeps only the hash of its secret: it cannot be shown again.',
    examples: [
      'sallyport-relay device token --data R',
      'sallyport-relay device token --data R --uses 500 --for 720h --label "line 3" --json',
    ],
  })
    .option('--uses <count>', 'How many devices may enrol with it (1).')
    .option('--for <duration>', 'How long it is good: 30m, 4h, 168h (168h).')
    .option('--label <text>', 'What it is for; stands in the audit log.')
    .option('--ports <ports>', "The relay's ports, in the order in which the device tries them.", parseList)
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(token);
  subcommand(device, 'list', {
    summary: 'List the devices.',
    examples: ['sallyport-relay device list --data R --json'],
  })
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(list);
  subcommand(device, 'remove <device>', {
    summary: 'Remove a device: its certificate is worth nothing any more; what is live ends within a second.',
    examples: ['sallyport-relay device remove d012345678 --data R --reason "scrapped"'],
  })
    .option('--reason <text>', 'Why; stands in the audit log.')
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(remove);
}

async function token(options: TokenOptions): Promise<void> {
  const uses = options.uses === undefined ? 1 : Number(options.uses);
  if (!Number.isInteger(uses) || uses < 1 || uses > tokenUses) {
    const reason = `it is a whole number from 1 to ${tokenUses}`;
    throw fail('argument-invalid', { details: { what: '--uses', reason } });
  }
  await withRelay(options, async (work) => {
    const { store, config, folder, random, now, actor } = work;
    const endsAt = endOfToken(options.for, now);
    const label = (options.label ?? '').slice(0, 200);
    const ports = await reachablePorts(options.ports, work);
    const root = rootSha256(readAuthority(folder.path).parsed);
    const { secret } = await store.db.transaction().execute(async (writes) => {
      const made = await makeToken(writes, { kind: 'device', label, uses, endsAt }, { random, now });
      await audit(writes, {
        at: now,
        event: 'token-made-1',
        actor,
        subject: `token/${made.id}`,
        details: { uses, endsAt, label },
      });
      return made;
    });
    const text = encodeToken({ kind: 'device', host: config.name, ports, rootSha256: root, secret });
    if (options.json) printJson({ token: text, uses, endsAt: iso(endsAt) });
    else process.stdout.write(`${text}\n`);
  });
}

async function list(options: CommonOptions): Promise<void> {
  await withRelay(options, async ({ store, now }) => {
    const devices = await listDevices(store.db, now);
    if (options.json) {
      printJson(
        devices.map((device) => ({
          id: device.id,
          name: device.name,
          state: stateOf(device),
          enrolledAt: iso(device.enrolled_at),
          certificateEndsAt: iso(device.certificate_ends_at),
          seenAt: iso(device.seen_at),
          removedAt: iso(device.removed_at),
        })),
      );
      return;
    }
    printTable(
      ['DEVICE', 'NAME', 'STATE', 'ENROLLED', 'SEEN', 'CERTIFICATE UNTIL'],
      devices.map((device) => [
        device.id,
        device.name,
        stateOf(device),
        moment(device.enrolled_at),
        moment(device.seen_at),
        moment(device.certificate_ends_at),
      ]),
      'No device is enrolled. Make a token: sallyport-relay device token',
    );
  });
}

function stateOf(device: { removed_at: number | null; connected: boolean }): string {
  if (device.removed_at !== null) return 'removed';
  return device.connected ? 'connected' : 'away';
}

async function remove(id: string, options: CommonOptions & { readonly reason?: string }): Promise<void> {
  await withRelay(options, async ({ store, now, actor }) => {
    const reason = (options.reason ?? '').slice(0, 200);
    await store.db.transaction().execute((writes) => removeDevice(writes, id, { now, reason, actor }));
    await notifyNodes(store);
    if (options.json) printJson({ device: id, removed: true });
    else process.stdout.write(`Removed ${id}. Its sessions end within a second.\n`);
  });
}
