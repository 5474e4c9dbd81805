/** What the tests need of the machine itself. Each thing is tried, not looked up: a container may have its file, and no right to it. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { openCgroupFolder } from '../../packages/device/src/processes/cgroup.ts';

type Need = {
  readonly name: string;
  readonly why: string;
  readonly isHere: () => boolean | Promise<boolean>;
};

const runs = (command: string, ...args: string[]): boolean =>
  spawnSync(command, args, { stdio: 'ignore', timeout: 10_000 }).status === 0;
/** In a network of its own, which is gone afterwards. */
const runsApart = (command: string): boolean => runs('unshare', '--net', ...command.split(' '));

async function listensOn(host: string): Promise<boolean> {
  const server = createServer().listen(0, host);
  try {
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}

const root: Need = {
  name: 'root',
  why: 'tests become other users, mount small disks and make networks',
  isHere: () => process.getuid?.() === 0,
};

const natRule = 'type nat hook postrouting priority 100; ct state invalid drop; snat to 192.0.2.2;';

/** What only root can have, in the order in which it is told. */
const needs: readonly Need[] = [
  {
    name: 'network namespaces',
    why: 'faults happen in networks of their own',
    isHere: () => {
      const name = `sallyport-probe-${process.pid}`;
      return runs('ip', 'netns', 'add', name) && runs('ip', 'netns', 'del', name);
    },
  },
  {
    name: '/dev/net/tun',
    why: 'the line between two networks is a program of the tests',
    isHere: () => runsApart('ip tuntap add a mode tun'),
  },
  {
    name: 'nftables with NAT and connection tracking',
    why: 'routers translate, forget and swallow',
    isHere: () => runsApart(`nft table ip a { chain b { ${natRule} }; }`),
  },
  {
    name: 'tc with tbf',
    why: 'lines get narrow',
    isHere: () => runsApart('tc qdisc add dev lo root tbf rate 1mbit burst 16kb latency 1000ms'),
  },
  {
    name: 'mounts',
    why: 'disks get full',
    isHere: () => runs('unshare', '--mount', 'mount', '-t', 'tmpfs', 'none', '/tmp'),
  },
  {
    name: 'a writable cgroup v2 with cgroup.kill (Linux 5.14)',
    why: 'it holds the processes of a session',
    isHere: () => openCgroupFolder() !== undefined,
  },
];
const always: readonly Need[] = [
  {
    name: 'the address ::1 on the loopback',
    why: 'names lead to IPv6, too',
    isHere: () => listensOn('::1'),
  },
];

/** @returns a line for each thing that this machine lacks; none if all is well */
export async function machineLacks(): Promise<string[]> {
  if (process.platform !== 'linux') return ['This is not Linux: the device agent and its tests need it.'];
  const lines: string[] = [];
  for (const need of [root, ...(root.isHere() ? needs : []), ...always]) {
    if (!(await need.isHere())) lines.push(`This machine does not give ${need.name} (${need.why}).`);
  }
  return lines;
}
