/** A relay, a device and representatives on this machine, set up by the same commands that people type. */
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { enrolDevice, logIn } from './newcomers.ts';
import {
  type Finished,
  mustRun,
  programs,
  type RunOptions,
  runCommand,
  type Service,
  startService,
} from './program.ts';
import { findRelayOn } from './relayPorts.ts';

export type Enabled = { port: number; otp: string; endsAt: string; scopes: string[] };

export type Stage = {
  readonly folder: string;
  readonly relayPorts: readonly number[];
  readonly webPort: number;
  /** Starts the relay and waits until it is ready. */
  startRelay(): Promise<Service>;
  /** Enrols the device, once; starts its agent and waits until it is ready. */
  startDevice(): Promise<Service>;
  /** Invites a representative and logs them in, unless they are good already. @returns their data folder */
  representative(id: string): Promise<string>;
  /** Enables Remote Support, and waits for port number and one-time password. */
  enable(args: readonly string[]): Promise<Enabled>;
  /** Runs `sallyport` as a representative. */
  sallyport(data: string, args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Runs `sallyport-device` on the device. */
  device(args: readonly string[], options?: RunOptions): Promise<Finished>;
  /** Ends all that was started, the last first. */
  end(): Promise<void>;
};

export type StageOptions = {
  folder: string;
  relayPorts: readonly number[];
  webPort: number;
  /** The home of the device's user, so that no profile of whoever runs this has a say; their own if left out. */
  home?: string;
  /** As whom terminals and files run on the device; as its agent if left out. */
  runAs?: string;
  /** More for the environment of the device agent. */
  deviceEnv?: NodeJS.ProcessEnv;
  /** The same for the relay. */
  relayEnv?: NodeJS.ProcessEnv;
  /** Whether Ctrl-C is left to the caller, who ends the stage then. */
  ownGroup?: boolean;
};

/** Makes what is missing of the set-up in `folder`; what is there from an earlier time is kept. Starts nothing yet. */
export async function setStage(options: StageOptions): Promise<Stage> {
  const { folder, relayPorts, webPort, home, ownGroup = false, runAs = 'same-user' } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const relayData = join(folder, 'relay');
  const deviceData = join(folder, 'device');
  const listen = relayPorts.map((port) => `127.0.0.1:${port}`).join(',');
  const services: Service[] = [];
  let ended = false;
  const start = async (command: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Service> => {
    if (ended) throw new Error('It was ended before it had started.');
    const service = startService(command, args, env, { ownGroup });
    services.push(service);
    await service.line(/^ready/);
    return service;
  };

  if (!existsSync(relayData)) {
    // Elsewhere first: what was interrupted half way is no relay, and is made anew.
    const making = `${relayData}.new`;
    rmSync(making, { recursive: true, force: true });
    await mustRun(programs.relay, ['init', '--data', making, '--name', 'localhost', '--listen', listen]);
    renameSync(making, relayData);
  }
  return {
    folder,
    relayPorts,
    webPort,
    startRelay: () =>
      start(programs.relay, ['serve', '--data', relayData, '--listen', listen], options.relayEnv),
    startDevice: async () => {
      if (!existsSync(join(deviceData, 'identity.json'))) {
        await enrolDevice(relayData, deviceData);
      } else findRelayOn(deviceData, relayPorts);
      const web = `127.0.0.1:${webPort}`;
      const args = ['serve', '--data', deviceData, '--web', web, '--run-as', runAs];
      return start(programs.device, args, {
        ...(home === undefined ? {} : { HOME: home }),
        ...options.deviceEnv,
      });
    },
    representative: async (id) => {
      const data = join(folder, id);
      if (existsSync(join(data, 'identity.json'))) {
        findRelayOn(data, relayPorts);
        const { status, stdout } = await runCommand(programs.support, ['whoami', '--data', data, '--json']);
        // Not used for a month: there is nothing left to renew.
        if (status === 3 && stdout.includes('"certificate-expired"'))
          await logIn(relayData, id, data, { how: 'reset' });
        else if (status !== 0) throw new Error(`The representative ${id} is not known any more: ${stdout}`);
      } else {
        const known = await mustRun(programs.relay, [
          'representative',
          'list',
          '--data',
          relayData,
          '--json',
        ]);
        const active = (JSON.parse(known) as { id: string; state: string }[]).some(
          (one) => one.id === id && one.state !== 'invited',
        );
        await logIn(relayData, id, data, { how: active ? 'reset' : 'invite' });
      }
      return data;
    },
    enable: async (args) =>
      JSON.parse(
        await mustRun(programs.device, ['enable', '--data', deviceData, ...args, '--json']),
      ) as Enabled,
    sallyport: (data, args, options) =>
      runCommand(programs.support, args as string[], {
        ...options,
        env: { SALLYPORT_DATA: data, ...options?.env },
      }),
    device: (args, options) => runCommand(programs.device, [...args, '--data', deviceData], options),
    end: async () => {
      ended = true;
      for (const service of services.reverse()) await service.end();
    },
  };
}
