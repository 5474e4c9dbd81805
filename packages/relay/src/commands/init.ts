import { hostSchema, roles, rootSha256 } from '@sallyport/protocol/identity';
import { createAuthority, makeRequest } from '@sallyport/protocol/issue';
import { systemClock } from '@sallyport/runtime/clock';
import { parseList, printJson, subcommand } from '@sallyport/runtime/command';
import { makePrivateFolder, writePrivateFile } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import type { Command } from 'commander';
import { audit } from '../audit/index.ts';
import { authorityPath, hasAuthority, hasKeys, readAuthority, writeAuthority } from '../authority/index.ts';
import { fail } from '../errors/index.ts';
import { parseListen } from '../serve/listeners.ts';
import { openStore } from '../store/index.ts';
import { loadRelayConfig } from './config.ts';
import { type CommonOptions, openRelayFolder, operator, relayFolderPath, storePlace } from './open.ts';

type Options = CommonOptions & {
  readonly name: string;
  readonly listen: readonly string[];
  readonly ports?: readonly string[];
  readonly rootElsewhere?: boolean;
};

const usualListen = '0.0.0.0:443';

export function addInit(program: Command): void {
  subcommand(program, 'init', {
    summary: 'Make a new relay: its authority, its database, its settings.',
    description:
      'Make a new relay in an empty data folder: the authority (a root, and an intermediate for each role), the ' +
      'database, and config.yaml. A relay that is there already is never overwritten.',
    examples: [
      'sallyport-relay init --data R --name localhost --listen 127.0.0.1:8443,127.0.0.1:8453',
      'sallyport-relay init --name relay.maker.example --listen 0.0.0.0:443,0.0.0.0:22 --root-elsewhere',
    ],
  })
    .requiredOption(
      '--name <host>',
      "The relay's host name. It stands in certificates and tokens; it never changes.",
    )
    .option(
      '--listen <addresses>',
      `Addresses to listen on, with commas between (${usualListen}). Tokens carry their ports.`,
      parseList,
    )
    .option('--ports <ports>', 'The ports as they are reached from outside, if they are others.', parseList)
    .option('--database-url <url>', 'PostgreSQL instead of SQLite.')
    .option('--root-elsewhere', 'Make no root: write requests that another machine signs (authority sign).')
    .action(async (options: Options) => init({ ...options, listen: options.listen ?? [usualListen] }));
}

async function init(options: Options): Promise<void> {
  const name = options.name.toLowerCase();
  if (!hostSchema.safeParse(name).success) {
    throw fail('argument-invalid', {
      details: {
        what: `--name: "${options.name}"`,
        reason: 'it has to be a host name, such as relay.maker.example',
      },
    });
  }
  const listen = options.listen.map((text) => parseListen(text));
  const ports = options.ports?.map(parsePort);
  const path = relayFolderPath(options.data);
  const folder = openRelayFolder(path, true);
  if (hasAuthority(path) || hasKeys(path)) throw fail('relay-exists', { details: { folder: path } });
  makePrivateFolder(folder.file('authority'));
  makePrivateFolder(folder.file('nodes'));
  const settings = {
    name,
    listen: options.listen,
    ...(ports ? { ports } : {}),
    ...(options.databaseUrl === undefined ? {} : { 'database-url': options.databaseUrl }),
  };
  writePrivateFile(folder.file('config.yaml'), configText(settings));
  const config = loadRelayConfig(path);

  const clock = systemClock();
  const now = clock.wallMs();
  const store = await openStore(storePlace(folder, config));
  try {
    if (options.rootElsewhere) await writeRequests(path);
    else writeAuthority(path, await createAuthority({ name, random: systemRandom, now }), writePrivateFile);
    const root = options.rootElsewhere ? null : rootSha256(readAuthority(path).parsed);
    await store.db.transaction().execute((writes) =>
      audit(writes, {
        at: now,
        event: 'authority-made-1',
        actor: operator(),
        subject: `relay/${name}`,
        details: { root },
      }),
    );
    tell(options, { name, path, root, listen: listen.length });
  } finally {
    await store.close();
  }
}

/** JSON is YAML too, value by value. */
function configText(settings: { readonly [key: string]: unknown }): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `# Settings of this relay. Flags and SALLYPORT_… go before them.\n${lines.join('\n')}\n`;
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= 65_535) return port;
  throw fail('argument-invalid', { details: { what: `--ports: "${text}"`, reason: 'it is 1 to 65535' } });
}

async function writeRequests(path: string): Promise<void> {
  for (const role of roles) {
    const { key, request } = await makeRequest();
    writePrivateFile(authorityPath(path, role, 'key'), key);
    writePrivateFile(authorityPath(path, role, 'csr'), request);
  }
}

function tell(
  options: Options,
  made: { name: string; path: string; root: string | null; listen: number },
): void {
  if (options.json) {
    printJson({ name: made.name, folder: made.path, rootSha256: made.root });
    return;
  }
  const lines =
    made.root === null
      ? [
          `The relay ${made.name} waits for its authority in ${made.path}.`,
          'Next: take authority/*.csr to the machine of the root, and run there:',
          `  sallyport-relay authority sign --root FOLDER --name "${made.name}" relay.csr device.csr representative.csr`,
          `and bring the four .crt files back into ${made.path}/authority, for the user that runs the relay.`,
        ]
      : [
          `The relay ${made.name} is set up in ${made.path}.`,
          `Root SHA-256: ${made.root}`,
          `Next: sallyport-relay serve --data ${made.path}`,
        ];
  process.stdout.write(`${lines.join('\n')}\n`);
}
