/**
 * The system programs that tests and benchmarks run for real. Looks for each, installs what is missing by the
 * system's package manager where it may, and else says exactly what to install.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type PackageSystem = 'apt-get' | 'dnf' | 'apk';
type Program = {
  name: string;
  why: string;
  paths?: string;
  packages: { readonly [system in PackageSystem]: string };
};

const same = (name: string): Program['packages'] => ({ 'apt-get': name, dnf: name, apk: name });
/** Where distributions keep the library that makes a program see another time. */
export const fakeTimeLibrary = '/usr/lib{,64}/{,*/}faketime/libfaketimeMT.so.1';

const iproute: Program['packages'] = {
  'apt-get': 'iproute2',
  dnf: 'iproute iproute-tc',
  apk: 'iproute2',
};

export const testPrograms: readonly Program[] = [
  {
    name: 'ssh',
    why: 'stock ssh, scp and sftp go through the path',
    packages: { 'apt-get': 'openssh-client', dnf: 'openssh-clients', apk: 'openssh-client' },
  },
  { name: 'rsync', why: 'stock rsync goes through the path', packages: same('rsync') },
  { name: 'git', why: 'stock git goes through the path', packages: same('git') },
  {
    name: 'ansible',
    why: "Ansible's ping goes through the path",
    packages: { 'apt-get': 'ansible-core', dnf: 'ansible-core', apk: 'ansible-core' },
  },
  { name: 'setpriv', why: 'processes run as another user', packages: same('util-linux') },
  {
    name: 'last',
    why: "a representative's terminal is in the lists of the system",
    packages: { 'apt-get': 'util-linux', dnf: 'util-linux', apk: 'util-linux-misc' },
  },
  { name: 'openssl', why: 'certificates are looked at by other eyes', packages: same('openssl') },
  { name: 'keyctl', why: "the system's keyring opens a representative's key", packages: same('keyutils') },
  { name: 'ip', why: 'faults happen in networks of their own', packages: iproute },
  { name: 'tc', why: 'lines get narrow', packages: iproute },
  { name: 'nft', why: 'routers translate, forget and swallow', packages: same('nftables') },
  { name: 'socat', why: 'long lines and captive portals are made of it', packages: same('socat') },
  {
    name: 'dhclient',
    why: 'a device asks for its address by DHCP again',
    packages: { 'apt-get': 'isc-dhcp-client', dnf: 'dhcp-client', apk: 'dhclient' },
  },
  {
    name: 'dnsmasq',
    why: 'networks of the tests have a DHCP server',
    packages: { 'apt-get': 'dnsmasq-base', dnf: 'dnsmasq', apk: 'dnsmasq' },
  },
  {
    name: 'chromium',
    why: 'the web interface is used in a real browser',
    paths: '/usr/bin/{chromium-browser,google-chrome,google-chrome-stable}',
    packages: same('chromium'),
  },
  {
    name: 'libfaketime',
    why: 'the clock of a device is wrong',
    paths: fakeTimeLibrary,
    packages: same('libfaketime'),
  },
  {
    name: 'postgres',
    why: 'the relay keeps its state in PostgreSQL, too',
    paths: '/usr/lib/postgresql/*/bin/postgres',
    packages: { 'apt-get': 'postgresql', dnf: 'postgresql-server', apk: 'postgresql' },
  },
];

const onPath = (name: string): boolean =>
  [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/local/bin'].some(
    (folder) => folder !== '' && existsSync(join(folder, name)),
  );
const isHere = ({ name, paths }: Program): boolean =>
  onPath(name) || (paths !== undefined && globSync(paths).length > 0);

const install: { readonly [system in PackageSystem]: (packages: string[]) => string[][] } = {
  'apt-get': (packages) => [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...packages],
  ],
  dnf: (packages) => [['dnf', 'install', '-y', '-q', ...packages]],
  apk: (packages) => [['apk', 'add', '--quiet', ...packages]],
};

/**
 * Makes sure that all of `programs` are here.
 * @returns the lines that say what is still missing; none if all is well
 */
export function ensurePrograms(programs: readonly Program[]): string[] {
  let missing = programs.filter((program) => !isHere(program));
  const system = (Object.keys(install) as PackageSystem[]).find(onPath);
  if (missing.length > 0 && system && process.getuid?.() === 0) {
    const packages = [...new Set(missing.flatMap((program) => program.packages[system].split(' ')))];
    console.log(`installing ${packages.join(', ')} with ${system} ...`);
    for (const [command, ...args] of install[system](packages)) {
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      spawnSync(command as string, args, { stdio: ['ignore', 'ignore', 'inherit'], env, timeout: 300_000 });
    }
    missing = programs.filter((program) => !isHere(program));
  }
  return missing.map(({ name, why, packages }) => {
    const command = system ? `${system} install ${packages[system]}` : `install ${packages['apt-get']}`;
    return `${name} is missing (${why}). As root: ${command}`;
  });
}
