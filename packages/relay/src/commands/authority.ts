import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Role, roles } from '@sallyport/protocol/identity';
import { createAuthority, issueIntermediate, type Keyed, readRequest } from '@sallyport/protocol/issue';
import { systemClock } from '@sallyport/runtime/clock';
import { printJson, subcommand } from '@sallyport/runtime/command';
import { makePrivateFolder, readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import type { Command } from 'commander';
import { fail } from '../errors/index.ts';

type Options = { readonly root: string; readonly name: string; readonly json?: boolean };
const fileCap = 16 * 1024;

export function addAuthority(program: Command): void {
  const authority = subcommand(program, 'authority', {
    summary: 'The authority, where its root is kept elsewhere.',
    common: false,
    examples: [
      'sallyport-relay authority sign --root FOLDER --name "Maker Example" relay.csr device.csr representative.csr',
    ],
  });
  subcommand(authority, 'sign <requests...>', {
    summary: 'Sign the requests of a relay that was made with --root-elsewhere.',
    description:
      'To be run on the machine that keeps the root, best one without a network. FOLDER holds root.key and root.crt; ' +
      'they are made if there are none. For each ROLE.csr the certificate ROLE.crt is written beside it, and root.crt too; ' +
      "take these four into the relay's folder `authority`. The relay never needs root.key. A relay that was made with its " +
      'root can have it taken away just so: move authority/root.key to another machine.',
    examples: [
      'sallyport-relay authority sign --root /media/root --name "Maker Example" relay.csr device.csr representative.csr',
    ],
    common: false,
  })
    .requiredOption('--root <folder>', 'The folder with root.key and root.crt.')
    .requiredOption('--name <text>', 'What people call the maker; it stands in the certificates.')
    .option('--json', 'Answer in JSON, for machines.')
    .action(sign);
}

async function sign(requests: readonly string[], options: Options): Promise<void> {
  const jobs = requests.map((path) => ({ path, role: roleOf(path), request: readText(path) }));
  const now = systemClock().wallMs();
  const kept = rootIn(options.root);
  for (const folder of new Set(requests.map(dirname))) mustBeOfRoot(join(folder, 'root.crt'), kept);
  const root = kept ?? (await makeRoot(options, now));
  const written: string[] = [];
  for (const { path, role, request } of jobs) {
    const { publicKeySpki } = await readRequest(request);
    const certificate = await issueIntermediate({
      root,
      role,
      name: options.name,
      publicKey: publicKeySpki,
      random: systemRandom,
      now,
    });
    for (const [name, text] of [
      [`${role}.crt`, certificate],
      ['root.crt', root.certificate],
    ] as const) {
      const target = join(dirname(path), name);
      // A certificate is no secret, but it goes into a folder where everything is 0600.
      writeFileSync(target, text, { mode: 0o600 });
      if (!written.includes(target)) written.push(target);
    }
  }
  if (options.json) printJson({ written });
  else
    process.stdout.write(
      `${written.join('\n')}\nNext: take these files into the relay's folder authority.\n`,
    );
}

function roleOf(path: string): Role {
  const role = roles.find((name) => basename(path) === `${name}.csr`);
  if (role) return role;
  const reason = `it has to be called ${roles.map((name) => `${name}.csr`).join(', ')}`;
  throw fail('argument-invalid', { details: { what: `The file "${basename(path)}"`, reason } });
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8').slice(0, fileCap);
  } catch (cause) {
    throw fail('argument-invalid', {
      details: { what: `The file "${path}"`, reason: 'it cannot be read' },
      cause,
    });
  }
}

const keyIn = (folder: string): string => join(folder, 'root.key');
const certificateIn = (folder: string): string => join(folder, 'root.crt');

/** The root that is kept in a folder. @throws authority-incomplete where only its certificate is left */
function rootIn(folder: string): Keyed | undefined {
  const certificateFile = certificateIn(folder);
  if (!existsSync(keyIn(folder))) {
    if (!existsSync(certificateFile)) return undefined;
    const reason = 'root.crt is there, root.key is not';
    throw fail('authority-incomplete', { details: { folder, reason } });
  }
  const key = readPrivateFile(keyIn(folder), fileCap)?.toString('utf8') ?? '';
  return { key, certificate: readText(certificateFile) };
}

/** A certificate beside the requests is what a relay may be trusted by: it is never replaced by another root's. */
function mustBeOfRoot(file: string, root: Keyed | undefined): void {
  if (!existsSync(file) || readText(file) === root?.certificate) return;
  const reason = 'it is the certificate of another root';
  throw fail('argument-invalid', { details: { what: `The file "${file}"`, reason } });
}

async function makeRoot({ root: folder, name }: Options, now: number): Promise<Keyed> {
  makePrivateFolder(folder);
  const { root } = await createAuthority({ name, random: systemRandom, now });
  writePrivateFile(certificateIn(folder), root.certificate);
  writePrivateFile(keyIn(folder), root.key);
  return root;
}
