/** Relay, device and representative, each on a machine of its own in the network of the faults. */
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { enrolDevice, logIn, type Machine } from '../../../scripts/stage/newcomers.ts';
import { openTerminal, type Terminal } from '../../../scripts/stage/terminal.ts';
import {
  type Enabled,
  type Finished,
  mustRun,
  programs,
  type RunOptions,
  runCommand,
  type Service,
  startService,
} from '../../stage/index.ts';
import { type Namespace, runFolder } from './namespace.ts';
import { makeNetwork, type Network, relayAddress, relayName } from './network.ts';
import { askUntil } from './until.ts';

/** Where `tcp:` leads on the device: a service that says back what it hears. */
export const echoTarget = '127.0.0.1:7000';

export type DeviceStatus = {
  readonly state: string;
  readonly port?: number;
  readonly tunnel: string;
  readonly problem: { readonly code: string; readonly text: string } | null;
  readonly notices: readonly { readonly code: string; readonly text: string }[];
  readonly sessions: readonly { readonly state: string }[];
};

export type World = {
  readonly network: Network;
  /** For what the test needs besides. */
  readonly folder: string;
  /** For the files of the test; `device` is what stands for the device's disk. */
  readonly files: { readonly here: string; readonly there: string };
  readonly running: { relay: Service; device: Service };
  readonly grant: Enabled;
  readonly host: string;
  startRelay(): Promise<void>;
  startDevice(): Promise<void>;
  status(): Promise<DeviceStatus>;
  /** Asks for the status until `wanted` says yes. @throws the last status, after `timeoutMs` */
  statusWhen(wanted: (status: DeviceStatus) => boolean, timeoutMs: number): Promise<DeviceStatus>;
  /** Runs a program on the representative's machine. */
  run(command: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  mustRun(command: string, args: readonly string[], options?: RunOptions): Promise<string>;
  service(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): Service;
  /** Starts a program on the site's router. */
  routerService(command: string, args: readonly string[]): Service;
  terminal(command: string, args: readonly string[]): Terminal;
  /** The arguments of `ssh`, `scp` and `rsync -e` that lead to the device. */
  readonly sshConfig: string;
  end(): Promise<void>;
};

let worlds = 0;

/** Sets everything up to the paired representative. The seed decides which packets a bad line loses. */
export async function makeWorld(seed: number): Promise<World> {
  const folder = runFolder();
  const data = { relay: join(folder, 'relay'), device: join(folder, 'device'), erin: join(folder, 'erin') };
  const files = { here: join(folder, 'here'), there: join(folder, 'there') };
  for (const one of Object.values(files)) mkdirSync(one);
  worlds += 1;
  const network = await makeNetwork({ folder, seed, run: worlds });
  const services: Service[] = [];
  const terminals: Terminal[] = [];
  const end = async (): Promise<void> => {
    for (const terminal of terminals) terminal.kill();
    for (const service of services.toReversed()) await service.end('SIGKILL');
    network.end();
    rmSync(folder, { recursive: true, force: true });
  };
  const inside = (where: Namespace, command: string, args: readonly string[]): [string, string[]] => {
    const entered = where.enter(command, args);
    return [entered.command, entered.args];
  };
  const service = (
    where: Namespace,
    command: string,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Service => {
    const started = startService(...inside(where, command, args), env);
    services.push(started);
    return started;
  };
  const on = (where: Namespace, command: string, args: readonly string[], options?: RunOptions) =>
    mustRun(...inside(where, command, args), options);
  const at =
    (where: Namespace): Machine =>
    (command, args) =>
      on(where, command, args);
  const listen = [443, 22].map((port) => `${relayAddress}:${port}`).join(',');
  const startRelay = async (): Promise<Service> => {
    const relay = service(network.relay, programs.relay, ['serve', '--data', data.relay, '--listen', listen]);
    await relay.line(/^ready/);
    return relay;
  };
  const startDevice = async (): Promise<Service> => {
    const args = ['serve', '--data', data.device, '--run-as', 'same-user'];
    const device = service(network.device, programs.device, args, { HOME: files.there });
    await device.line(/^ready/);
    return device;
  };

  try {
    const { relay: relayMachine, device: deviceMachine, representative } = network;
    await on(relayMachine, programs.relay, [
      'init',
      '--data',
      data.relay,
      '--name',
      relayName,
      '--listen',
      listen,
    ]);
    const running = { relay: await startRelay() } as World['running'];
    const machines = {
      relay: at(relayMachine),
      device: at(deviceMachine),
      representative: at(representative),
    };
    await Promise.all([
      enrolDevice(data.relay, data.device, machines),
      logIn(data.relay, 'erin@maker.example', data.erin, machines),
    ]);
    running.device = await startDevice();
    service(deviceMachine, 'socat', [
      `TCP-LISTEN:${echoTarget.split(':')[1]},bind=127.0.0.1,fork,reuseaddr`,
      'EXEC:cat',
    ]);
    const scopes = `terminal,files:write,tcp:${echoTarget}`;
    const enable = ['enable', '--for', '1h', '--allow', scopes, '--wait', '20', '--json'];
    const enabled = await on(deviceMachine, programs.device, [...enable, '--data', data.device]);
    const grant = JSON.parse(enabled) as Enabled;
    const asErin = { SALLYPORT_DATA: data.erin };
    await on(representative, programs.support, ['pair', String(grant.port)], {
      env: { ...asErin, SALLYPORT_OTP: grant.otp },
    });
    const sshConfig = join(folder, 'ssh.config');
    writeFileSync(sshConfig, await on(representative, programs.support, ['ssh-config'], { env: asErin }));
    const status = async (): Promise<DeviceStatus> =>
      JSON.parse(
        await on(deviceMachine, programs.device, ['status', '--json', '--data', data.device]),
      ) as DeviceStatus;
    return {
      network,
      folder,
      files,
      running,
      grant,
      host: `${grant.port}.sallyport`,
      sshConfig,
      startRelay: async () => {
        running.relay = await startRelay();
      },
      startDevice: async () => {
        running.device = await startDevice();
      },
      status,
      statusWhen: (wanted, timeoutMs) => askUntil(status, wanted, timeoutMs),
      run: (command, args, options) =>
        runCommand(...inside(representative, command, args), {
          ...options,
          env: { ...asErin, ...options?.env },
        }),
      mustRun: (command, args, options) =>
        on(representative, command, args, { ...options, env: { ...asErin, ...options?.env } }),
      service: (command, args, env) => service(representative, command, args, { ...asErin, ...env }),
      routerService: (command, args) => service(network.site, command, args),
      terminal: (command, args) => {
        const terminal = openTerminal(...inside(representative, command, args), asErin);
        terminals.push(terminal);
        return terminal;
      },
      end,
    };
  } catch (error) {
    const said = services.map((one) => one.said()).join('\n');
    await end();
    throw existsSync('/dev/net/tun')
      ? new Error(`the world of the faults could not be set up; its programs said:\n${said}`, {
          cause: error,
        })
      : new Error('The faults need /dev/net/tun, and a kernel with TUN', { cause: error });
  }
}
