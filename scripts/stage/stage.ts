/** A relay, a device and representatives on this machine, set up by the same commands that people type. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Finished,
  mustRun,
  programs,
  type RunOptions,
  runCommand,
  type Service,
  startService,
} from './program.ts';

export type Enabled = { port: number; otp: string; endsAt: string; scopes: string[] };

export type Stage = {
  readonly folder: string;
  readonly relayPorts: readonly number[];
  readonly webPort: number;
  /** Starts the relay and waits until it is ready. */
  startRelay(): Promise<Service>;
  /** Starts the device agent and waits until it is ready. */
  startDevice(): Promise<Service>;
  /** Invites a representative and logs them in, once. @returns their data folder */
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
};

/** Makes what is missing of the set-up in `folder`; what is there from an earlier time is kept. Starts nothing yet. */
export async function setStage({ folder, relayPorts, webPort, home }: StageOptions): Promise<Stage> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const relayData = join(folder, 'relay');
  const deviceData = join(folder, 'device');
  const listen = relayPorts.map((port) => `127.0.0.1:${port}`).join(',');
  const services: Service[] = [];
  const start = async (command: string, args: string[], env?: NodeJS.ProcessEnv): Promise<Service> => {
    const service = startService(command, args, env);
    services.push(service);
    await service.line(/^ready/);
    return service;
  };

  if (!existsSync(relayData)) {
    await mustRun(programs.relay, ['init', '--data', relayData, '--name', 'localhost', '--listen', listen]);
  }
  return {
    folder,
    relayPorts,
    webPort,
    startRelay: () => start(programs.relay, ['serve', '--data', relayData, '--listen', listen]),
    startDevice: async () => {
      if (!existsSync(deviceData)) {
        const token = await mustRun(programs.relay, ['device', 'token', '--data', relayData]);
        await mustRun(programs.device, ['enroll', token.trim(), '--data', deviceData]);
      }
      const web = `127.0.0.1:${webPort}`;
      const args = ['serve', '--data', deviceData, '--web', web, '--run-as', 'same-user'];
      return start(programs.device, args, home === undefined ? {} : { HOME: home });
    },
    representative: async (id) => {
      const data = join(folder, id);
      if (!existsSync(data)) {
        const invite = await mustRun(programs.relay, ['representative', 'invite', id, '--data', relayData]);
        await mustRun(programs.support, ['login', invite.trim(), '--data', data]);
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
      for (const service of services.reverse()) await service.end();
    },
  };
}
