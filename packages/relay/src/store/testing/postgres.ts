import { execFile, execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';

/** A PostgreSQL of a test's own: in a new folder, on a Unix socket in it, ended and removed by `stop`. */
export type TestPostgres = {
  readonly url: string;
  /** Makes an empty database and gives its address. */
  database(name: string): Promise<string>;
  /** Its own /dev/shm, as it is seen from outside, where it has one. */
  readonly sharedMemory: string;
  stop(): Promise<void>;
};

const run = promisify(execFile);

/**
 * Starts one. Looks for the server's programs, installs them by apt-get when it is root, else says what to install.
 * PostgreSQL refuses to run as root: then it runs as the user `postgres`, or `nobody`.
 *
 * @param options.sharedMemory the size of a /dev/shm of its own, such as `4m`; needs root
 */
export async function startPostgres(
  options: { readonly sharedMemory?: string; readonly settings?: readonly string[] } = {},
): Promise<TestPostgres> {
  const bin = serverPrograms();
  const user = serverUser();
  const folder = mkdtempSync(join(tmpdir(), 'sp-pg-'));
  if (user) chownSync(folder, user.uid, user.gid);
  const as = { ...user, cwd: folder, env: { PATH: process.env['PATH'] ?? '', LC_ALL: 'C', TZ: 'UTC' } };
  const data = join(folder, 'data');
  await run(join(bin, 'initdb'), ['-D', data, '-U', 'sallyport', '-A', 'trust', '-E', 'UTF8', '-N'], as);
  const settings = [
    'listen_addresses=',
    `unix_socket_directories=${folder}`,
    'fsync=off',
    'max_connections=60',
    ...(options.settings ?? []),
  ];
  const command = [join(bin, 'postgres'), '-D', data, ...settings.flatMap((text) => ['-c', text])];
  const { sharedMemory } = options;
  const server =
    sharedMemory === undefined || !user
      ? spawn(command[0] ?? '', command.slice(1), { ...as, stdio: 'ignore' })
      : spawn('unshare', ['--mount', 'sh', '-c', ownSharedMemory(sharedMemory, user), 'sh', ...command], {
          cwd: folder,
          env: as.env,
          stdio: 'ignore',
        });
  const exited = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const address = (name: string): string =>
    `postgresql://sallyport@localhost/${name}?host=${encodeURIComponent(folder)}`;
  const stop = async (): Promise<void> => {
    server.kill('SIGQUIT');
    await exited;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await untilItAnswers(address('postgres'));
  } catch (error) {
    await stop();
    throw error;
  }
  const database = async (name: string): Promise<string> => {
    const client = new pg.Client({ connectionString: address('postgres') });
    client.on('error', () => {});
    await client.connect();
    await client.query(`create database ${name}`);
    await client.end();
    return address(name);
  };
  return { url: address('postgres'), database, sharedMemory: `/proc/${server.pid}/root/dev/shm`, stop };
}

/** Mounts it, becomes the server's user, and goes on as the server. */
const ownSharedMemory = (size: string, { uid, gid }: { uid: number; gid: number }): string =>
  `mount -t tmpfs -o size=${size},mode=1777 tmpfs /dev/shm && exec setpriv --reuid ${uid} --regid ${gid} --clear-groups "$@"`;

function serverPrograms(): string {
  const found = findPrograms();
  if (found) return found;
  if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
    execFileSync('apt-get', ['install', '-y', '-q', 'postgresql'], {
      stdio: 'ignore',
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    const installed = findPrograms();
    if (installed) return installed;
  }
  throw new Error('This test needs the PostgreSQL server. Install it: apt-get install postgresql');
}

function findPrograms(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(root, version, 'bin')), '/usr/bin', '/usr/local/bin'];
  return folders.find((folder) => existsSync(join(folder, 'initdb')));
}

function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const lines = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const line = lines.find(([name]) => name === 'postgres') ?? lines.find(([name]) => name === 'nobody');
  if (!line) throw new Error('This test needs a user that is not root: `postgres` or `nobody`');
  return { uid: Number(line[2]), gid: Number(line[3]) };
}

async function untilItAnswers(url: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => {});
    try {
      await client.connect();
      await client.end();
      return;
    } catch (error) {
      if (tries >= 150) throw error;
      await pause(100);
    }
  }
}
