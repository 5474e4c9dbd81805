/**
 * A machine of the tests: a network namespace with a name of its own, and programs that run in it. Programs keep the
 * file system and the cgroups of this machine; only their network, the names they resolve and, if wanted, single
 * mounts are their own, and vanish with them.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { attempt, must } from './system.ts';

const prefix = 'sallyport-';

export type Namespace = {
  readonly name: string;
  /** How to run `command` in it: the program and arguments to start. The process started becomes `command` itself. */
  enter(command: string, args?: readonly string[]): { command: string; args: string[] };
  /** Runs `ip` in it, the words parted by spaces. */
  ip(words: string): string;
  /** Takes the place of all nftables rules in it. */
  nft(rules: string): void;
  /** Sets one of its kernel settings, a path below /proc/sys. */
  set(setting: string, value: string | number): void;
};

/** When a process started, in ticks after boot; with the pid it names a process for good. */
const startOf = (pid: number | string): string | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
};
const ownRun = `${process.pid}-${startOf(process.pid)}`;
const made = new Set<string>();

/** A temporary folder of this run, which the next one takes away if this one is killed. */
export const runFolder = (): string => mkdtempSync(join(tmpdir(), `sallyport-faults-${ownRun}-`));

/** Removes the namespaces and folders, and ends the processes, of runs that were killed before they could. */
export function removeLeftovers(): void {
  for (const line of (attempt('ip', ['netns', 'list']) ?? '').split('\n')) {
    const name = line.split(' ')[0] ?? '';
    const [, pid = '', start] = /^sallyport-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== '' && startOf(pid) !== start) removeNamespace(name);
  }
  for (const name of readdirSync(tmpdir())) {
    const [, pid = '', start] = /^sallyport-faults-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== '' && startOf(pid) !== start) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
}

function removeNamespace(name: string): void {
  for (const pid of (attempt('ip', ['netns', 'pids', name]) ?? '').split('\n').filter(Boolean)) {
    attempt('kill', ['-KILL', pid]);
  }
  attempt('ip', ['netns', 'del', name]);
  made.delete(name);
}

/** Ends what runs in this namespace, and removes it. */
export const endNamespace = (namespace: Namespace): void => removeNamespace(namespace.name);

process.on('exit', () => {
  for (const name of made) removeNamespace(name);
});

/**
 * @param names what /etc/hosts says in it: name by address
 * @throws what is missing, where this machine lets nobody make namespaces
 */
export function makeNamespace(
  role: string,
  options: { readonly folder: string; readonly names?: Readonly<Record<string, string>> },
): Namespace {
  const name = `${prefix}${ownRun}-${role}`;
  try {
    must('ip', ['netns', 'add', name]);
  } catch (cause) {
    throw new Error('The faults need network namespaces (root, or CAP_SYS_ADMIN and CAP_NET_ADMIN)', {
      cause,
    });
  }
  made.add(name);
  const folder = join(options.folder, `etc-${role}`);
  mkdirSync(folder, { recursive: true });
  const hosts = Object.entries({ localhost: '127.0.0.1', ...options.names });
  writeFileSync(join(folder, 'hosts'), hosts.map(([host, address]) => `${address} ${host}\n`).join(''));
  // Nobody answers at this address: what is not in `hosts` has no address.
  writeFileSync(join(folder, 'resolv.conf'), 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n');
  const mounts = ['hosts', 'resolv.conf']
    .filter((file) => existsSync(`/etc/${file}`))
    .map((file) => `mount --bind '${join(folder, file)}' /etc/${file} && `)
    .join('');
  const ip = (words: string): string => must('ip', ['-n', name, ...words.split(' ')]);
  ip('link set lo up');
  return {
    name,
    ip,
    enter: (command, args = []) => ({
      command: 'nsenter',
      args: [
        `--net=/run/netns/${name}`,
        'unshare',
        '--mount',
        'sh',
        '-c',
        `${mounts}exec "$@"`,
        'sh',
        command,
        ...args,
      ],
    }),
    nft: (rules) => {
      must('nsenter', [`--net=/run/netns/${name}`, 'nft', '-f', '-'], `flush ruleset\n${rules}\n`);
    },
    set: (setting, value) => {
      const script = `echo ${value} >/proc/sys/${setting}`;
      must('nsenter', [`--net=/run/netns/${name}`, 'sh', '-c', script]);
    },
  };
}

/** Joins two namespaces by a cable; `ends` are the names of the interfaces. */
export function joinNamespaces(a: Namespace, b: Namespace, ends: { a: string; b: string }): void {
  must('ip', [
    'link',
    'add',
    ends.a,
    'netns',
    a.name,
    'type',
    'veth',
    'peer',
    'name',
    ends.b,
    'netns',
    b.name,
  ]);
  a.ip(`link set ${ends.a} up`);
  b.ip(`link set ${ends.b} up`);
}
