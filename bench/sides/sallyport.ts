/** Sallyport as people set it up: relay, device agent and CLI are processes of their own. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlFolder } from '../../packages/support/src/sshConfig/index.ts';
import { enrolDevice, logIn, type Machine } from '../../scripts/stage/newcomers.ts';
import { freePorts } from '../../scripts/stage/ports.ts';
import {
  mustRun,
  programs,
  type RunOptions,
  type Service,
  startService,
} from '../../scripts/stage/program.ts';
import type { Enabled } from '../../scripts/stage/stage.ts';
import { loopback, type Place, type Places } from './place.ts';
import { startTcpService } from './service.ts';
import { type CommandLine, plainShell, type Side } from './side.ts';

export type Sallyport = Side & {
  readonly grant: Enabled;
  /** Of the representative. */
  readonly data: string;
  readonly relayData: string;
  readonly deviceData: string;
  readonly sshConfig: string;
  readonly relay: Service;
  readonly device: Service;
  /** `ssh` with the grant of this port number. */
  sshTo(port: number, line: string): CommandLine;
  /** The command line of `sallyport connect`: for a terminal here. */
  connect(): CommandLine;
  /** The command line of `sallyport exec`. */
  exec(line: string): CommandLine;
  /** The command line of `sallyport cp`. */
  cpTo(source: string, target: string): CommandLine;
  cpFrom(source: string, target: string): CommandLine;
  /** Logs another representative in. @returns their data folder */
  representative(id: string): Promise<string>;
  /** Runs `sallyport-device` on the device. */
  onDevice(args: readonly string[]): Promise<string>;
  /** Disables what is enabled, and enables anew. */
  enable(): Promise<Enabled>;
};

/** More for the environment of each program, and what stands before Node's arguments, such as `--cpu-prof`. */
export type SallyportOptions = { readonly places?: Places; readonly env?: NodeJS.ProcessEnv };

/** Starts relay and device, and pairs the representative `erin@maker.example`. */
export async function openSallyport(folder: string, options: SallyportOptions = {}): Promise<Sallyport> {
  const { places = loopback } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [relayData, deviceData, data, home] = ['relay', 'device', 'erin', 'home'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  mkdirSync(home);
  const services: Service[] = [];
  const representatives: string[] = [];
  const end = async (): Promise<void> => {
    for (const service of services.toReversed()) await service.end();
    // The sockets of ssh are elsewhere where the path of the data folder is too long for them.
    for (const left of [folder, ...representatives.map((one) => controlFolder(one))])
      rmSync(left, { recursive: true, force: true });
  };
  const on = (place: Place, command: string, args: readonly string[], run?: RunOptions): Promise<string> =>
    mustRun(...place.enter(command, args), run);
  const at =
    (place: Place): Machine =>
    (command, args) =>
      on(place, command, args);
  const machines = {
    relay: at(places.relay),
    device: at(places.device),
    representative: at(places.representative),
  };
  const serve = async (
    place: Place,
    command: string,
    args: readonly string[],
    env = {},
  ): Promise<Service> => {
    const service = startService(...place.enter(command, args), { ...options.env, ...env });
    services.push(service);
    await service.line(/^ready/);
    return service;
  };
  try {
    const [relayPort = 0, otherPort = 0, servicePort = 0] = await freePorts(3);
    const listen = [relayPort, otherPort].map((port) => `${places.relay.address}:${port}`).join(',');
    const relayArgs = ['--data', relayData, '--listen', listen];
    await on(places.relay, programs.relay, ['init', '--name', places.relay.name, ...relayArgs]);
    const relay = await serve(places.relay, programs.relay, ['serve', ...relayArgs]);
    await enrolDevice(relayData, deviceData, machines);
    const device = await serve(
      places.device,
      programs.device,
      ['serve', '--data', deviceData, '--run-as', 'same-user'],
      { HOME: home },
    );
    services.push(await startTcpService(places.device, servicePort));
    const representative = async (id: string, at = join(folder, id)): Promise<string> => {
      await logIn(relayData, id, at, machines);
      representatives.push(at);
      return at;
    };
    await representative('erin@maker.example', data);
    const onDevice = (args: readonly string[]): Promise<string> =>
      on(places.device, programs.device, [...args, '--data', deviceData]);
    const scopes = `terminal,files:write,tcp:127.0.0.1:${servicePort}`;
    const enable = async (): Promise<Enabled> => {
      await onDevice(['disable']);
      const terms = ['--for', '4h', '--allow', scopes, '--wait', '20', '--json'];
      return JSON.parse(await onDevice(['enable', ...terms])) as Enabled;
    };
    const grant = await enable();
    const port = String(grant.port);
    await on(places.representative, programs.support, ['pair', port, '--data', data], {
      env: { SALLYPORT_OTP: grant.otp },
    });
    const sshConfig = join(folder, 'ssh.config');
    writeFileSync(
      sshConfig,
      await on(places.representative, programs.support, ['ssh-config', '--data', data]),
    );
    const host = `${port}.sallyport`;
    const enter = ([command, ...args]: CommandLine): CommandLine => {
      const [entered, rest] = places.representative.enter(command, args);
      return [entered, ...rest];
    };
    return {
      name: 'Sallyport',
      grant,
      data,
      relayData,
      deviceData,
      sshConfig,
      relay,
      device,
      ssh: (line, more = []) => enter(['ssh', '-F', sshConfig, ...more, host, line]),
      sshTo: (to, line) => enter(['ssh', '-F', sshConfig, `${to}.sallyport`, line]),
      shell: () => enter(['ssh', '-tt', '-F', sshConfig, host, plainShell]),
      connect: () => enter([programs.support, 'connect', '--data', data, port]),
      scpTo: (source, target) => enter(['scp', '-q', '-F', sshConfig, source, `${host}:${target}`]),
      scpFrom: (source, target) => enter(['scp', '-q', '-F', sshConfig, `${host}:${source}`, target]),
      exec: (line) => enter([programs.support, 'exec', '--data', data, port, '--', line]),
      cpTo: (source, target) => enter([programs.support, 'cp', '--data', data, source, `${port}:${target}`]),
      cpFrom: (source, target) =>
        enter([programs.support, 'cp', '--data', data, `${port}:${source}`, target]),
      forward: async () => {
        const args = ['forward', port, `127.0.0.1:${servicePort}`, '--data', data];
        const service = startService(...places.representative.enter(programs.support, args), options.env);
        const line = await service.line(/^forwarding /);
        const [, local] = /127\.0\.0\.1:(\d+) →/.exec(line) ?? [];
        return { port: Number(local), end: () => service.end('SIGINT') };
      },
      enter,
      representative,
      onDevice,
      enable,
      end,
    };
  } catch (error) {
    const said = services.map((one) => one.said()).join('\n');
    await end();
    throw new Error(`Sallyport could not be set up; its programs said:\n${said}`, { cause: error });
  }
}
