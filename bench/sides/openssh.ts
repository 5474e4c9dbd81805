/**
 * Stock OpenSSH for the same task, nested: `sshd` as relay, `ssh -R` from the device to it, and the representative's
 * `ssh -J` through it to the device's own `sshd`. Keys, configuration and ports are its own; nothing of the system's is
 * read or changed. Ciphers and everything else are as OpenSSH comes.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../scripts/stage/ports.ts';
import { mustRun, type Service, startService } from '../../scripts/stage/program.ts';
import { loopback, type Place, type Places } from './place.ts';
import { startTcpService } from './service.ts';
import { type CommandLine, plainShell, type Side } from './side.ts';

export type Nested = Side & { readonly sshConfig: string };

const sshd = ['/usr/sbin/sshd', '/usr/bin/sshd'].find((path) => existsSync(path));
/** As distributions configure it; what OpenSSH has built in where there is none. */
const sftpServer =
  ['/usr/lib/openssh/sftp-server', '/usr/libexec/openssh/sftp-server', '/usr/lib/ssh/sftp-server'].find(
    (path) => existsSync(path),
  ) ?? 'internal-sftp';

type Daemon = { readonly key: string; readonly config: string; readonly port: number };

/** @throws what is missing: OpenSSH's server is needed besides its client */
export async function openNested(folder: string, places: Places = loopback): Promise<Nested> {
  if (sshd === undefined)
    throw new Error(
      'sshd is missing: install openssh-server. It need not run; its own set-up stays as it is.',
    );
  const daemon = sshd;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const services: Service[] = [];
  const end = async (): Promise<void> => {
    for (const service of services.toReversed()) await service.end();
    rmSync(folder, { recursive: true, force: true });
  };
  const user = userInfo().username;
  const key = join(folder, 'key');
  const knownHosts = join(folder, 'known_hosts');
  const makeKey = async (path: string): Promise<string> => {
    await mustRun('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'bench', '-f', path]);
    return (await mustRun('ssh-keygen', ['-y', '-f', path])).trim();
  };
  const write = (name: string, lines: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
    return path;
  };
  const prepare = async (name: string, address: string, port: number): Promise<Daemon> => {
    const host = join(folder, `${name}-host-key`);
    const key = await makeKey(host);
    const config = write(`${name}.conf`, [
      `ListenAddress ${address}`,
      `Port ${port}`,
      `HostKey ${host}`,
      `AuthorizedKeysFile ${join(folder, 'authorized_keys')}`,
      'PidFile none',
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      // Twenty at once are let in.
      'MaxStartups 100',
      'PrintMotd no',
      'PrintLastLog no',
      'LogLevel ERROR',
      `Subsystem sftp ${sftpServer}`,
    ]);
    return { key, config, port };
  };
  const serve = (place: Place, command: string, args: readonly string[]): Service => {
    const service = startService(...place.enter(command, args));
    services.push(service);
    return service;
  };
  try {
    const [relayPort = 0, devicePort = 0, farPort = 0, servicePort = 0] = await freePorts(4);
    writeFileSync(join(folder, 'authorized_keys'), `${await makeKey(key)}\n`);
    const relay = await prepare('relay', places.relay.address, relayPort);
    const device = await prepare('device', '127.0.0.1', devicePort);
    writeFileSync(knownHosts, `relay ${relay.key}\ndevice ${device.key}\n`);
    const shared = [
      `  User ${user}`,
      `  IdentityFile ${key}`,
      '  IdentitiesOnly yes',
      '  IdentityAgent none',
      `  UserKnownHostsFile ${knownHosts}`,
      '  GlobalKnownHostsFile none',
      '  StrictHostKeyChecking yes',
      '  LogLevel ERROR',
    ];
    const sshConfig = write('ssh.config', [
      'Host relay',
      `  HostName ${places.relay.address}`,
      `  Port ${relayPort}`,
      '  HostKeyAlias relay',
      ...shared,
      'Host device',
      '  HostName 127.0.0.1',
      `  Port ${farPort}`,
      '  HostKeyAlias device',
      '  ProxyJump relay',
      ...shared,
    ]);
    serve(places.relay, daemon, ['-D', '-e', '-f', relay.config]);
    serve(places.device, daemon, ['-D', '-e', '-f', device.config]);
    services.push(await startTcpService(places.device, servicePort));
    const enter = ([command, ...args]: CommandLine): CommandLine => {
      const [entered, rest] = places.representative.enter(command, args);
      return [entered, ...rest];
    };
    const ssh = (line: string, more: readonly string[] = []): CommandLine =>
      enter(['ssh', '-F', sshConfig, ...more, 'device', line]);
    const reverse = ['-N', '-F', sshConfig, '-o', 'ExitOnForwardFailure=yes'];
    const dial = (): Service =>
      serve(places.device, 'ssh', [
        ...reverse,
        '-R',
        `127.0.0.1:${farPort}:127.0.0.1:${devicePort}`,
        'relay',
      ]);
    await untilTrue(async () => {
      const far = dial();
      const [command, ...args] = ssh('true');
      for (let tries = 0; tries < 40 && far.child.exitCode === null; tries += 1) {
        if (
          await mustRun(command, args).then(
            () => true,
            () => false,
          )
        )
          return true;
        await sleep(100);
      }
      return false;
    }, services);
    return {
      name: 'nested OpenSSH',
      sshConfig,
      ssh,
      shell: () => ssh(plainShell, ['-tt']),
      scpTo: (source, target) => enter(['scp', '-q', '-F', sshConfig, source, `device:${target}`]),
      scpFrom: (source, target) => enter(['scp', '-q', '-F', sshConfig, `device:${source}`, target]),
      forward: async () => {
        const [local = 0] = await freePorts(1);
        const args = ['-N', '-F', sshConfig, '-o', 'ExitOnForwardFailure=yes'];
        const to = `127.0.0.1:${local}:127.0.0.1:${servicePort}`;
        const service = startService(...places.representative.enter('ssh', [...args, '-L', to, 'device']));
        await untilTrue(() => takesConnections(local, places), [service]);
        return { port: local, end: () => service.end() };
      },
      enter,
      end,
    };
  } catch (error) {
    await end();
    throw new Error('nested OpenSSH could not be set up', { cause: error });
  }
}

/** Whether somebody listens on this port of the representative's loopback. */
async function takesConnections(port: number, { representative }: Places): Promise<boolean> {
  if (representative !== loopback.representative) {
    const [command, args] = representative.enter('ss', ['-Hltn', `sport = :${port}`]);
    return (await mustRun(command, args)).trim() !== '';
  }
  return new Promise((resolve) => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    const settle = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', settle(true)).once('error', settle(false));
  });
}

/** Asks again until it is so. @throws what the services said, if it is not within 20 s */
async function untilTrue(ask: () => Promise<boolean>, services: readonly Service[]): Promise<void> {
  const until = performance.now() + 20_000;
  while (!(await ask())) {
    if (performance.now() > until) throw new Error(services.map((one) => one.said()).join('\n'));
    await sleep(50);
  }
}
