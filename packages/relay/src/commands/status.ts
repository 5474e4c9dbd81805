import { roles, rootSha256 } from '@sallyport/protocol/identity';
import { printJson, subcommand } from '@sallyport/runtime/command';
import type { Command } from 'commander';
import { readAuthority } from '../authority/index.ts';
import { listDevices } from '../devices/index.ts';
import { listOpenGrants } from '../grants/index.ts';
import { nodeGoneMs } from '../limits.ts';
import { listRepresentatives } from '../representatives/index.ts';
import { listNodes } from '../serve/index.ts';
import { findTrouble } from '../store/index.ts';
import { type CommonOptions, withRelay } from './open.ts';
import { iso, moment } from './words.ts';

export function addStatus(program: Command): void {
  subcommand(program, 'status', {
    summary: 'Show how the relay is: nodes, devices, grants, authority.',
    examples: ['sallyport-relay status --data R --json'],
  })
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .action(status);
}

async function status(options: CommonOptions): Promise<void> {
  await withRelay(options, async ({ store, config, folder, now }) => {
    const authority = readAuthority(folder.path).parsed;
    const trouble = await findTrouble(store);
    const devices = await listDevices(store.db, now);
    const representatives = await listRepresentatives(store.db);
    const answer = {
      problem: trouble ? { code: trouble.code, text: trouble.message, next: trouble.row.next } : null,
      name: config.name,
      database: store.postgres ? 'postgresql' : 'sqlite',
      rootSha256: rootSha256(authority),
      authorityEndsAt: Object.fromEntries(
        (['root', ...roles] as const).map((name) => [name, authority[name].validToDate.toISOString()]),
      ),
      nodes: (await listNodes(store.db)).map((node) => ({
        host: node.host,
        ports: node.ports,
        state: node.seenAt <= now - nodeGoneMs ? 'gone' : node.draining ? 'draining' : 'running',
        startedAt: iso(node.startedAt),
      })),
      devices: {
        enrolled: devices.filter((device) => device.removed_at === null).length,
        connected: devices.filter((device) => device.connected).length,
      },
      representatives: representatives.filter((one) => one.key_sha256 !== null && one.revoked_at === null)
        .length,
      openGrants: (await listOpenGrants(store.db, now)).length,
    };
    if (options.json) {
      printJson(answer);
      return;
    }
    const nodes = answer.nodes.map((node) => `${node.host} (${node.state}, ports ${node.ports.join(', ')})`);
    process.stdout.write(
      [
        ...(answer.problem ? [`Problem          ${answer.problem.text} ${answer.problem.next}`] : []),
        `Relay            ${answer.name}`,
        `Nodes            ${nodes.join('; ') || 'none runs'}`,
        `Database         ${answer.database}`,
        `Devices          ${answer.devices.enrolled} enrolled, ${answer.devices.connected} connected`,
        `Representatives  ${answer.representatives}`,
        `Open grants      ${answer.openGrants}`,
        `Authority until  ${moment(authority.root.validToDate.getTime())}`,
        `Root SHA-256     ${answer.rootSha256}`,
        '',
      ].join('\n'),
    );
  });
}
