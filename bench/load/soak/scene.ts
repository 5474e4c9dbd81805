/** Relay, device and two representatives, with a line before the relay that can be cut. */
import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { controlFolder } from '../../../packages/support/src/sshConfig/index.ts';
import { type Echo, startEcho } from '../../../scripts/stage/echo.ts';
import { freePorts } from '../../../scripts/stage/ports.ts';
import { mustRun, programs, type Service } from '../../../scripts/stage/program.ts';
import { type Enabled, type Stage, setStage } from '../../../scripts/stage/stage.ts';
import { openLine } from './line.ts';

export type Scene = {
  readonly stage: Stage;
  readonly relayPid: number;
  readonly agentPid: number;
  /** Has relay and agent collect their garbage. @returns what is left in each, in bytes */
  collect(): Promise<{ readonly relay: number; readonly agent: number }>;
  /** Data folders of the two representatives. */
  readonly erin: string;
  readonly sam: string;
  readonly echo: Echo;
  readonly sshConfig: string;
  /** For the files of the acts. */
  readonly files: string;
  /** The environment of `sallyport` as erin. */
  readonly asErin: NodeJS.ProcessEnv;
  cut(): void;
  /** Disables what is enabled, enables anew, and pairs both: two one-time passwords. */
  newGrant(): Promise<Enabled>;
  disable(): Promise<void>;
  /** The files that relay, agent and representatives keep, temporary ones included. */
  keptFiles(): string[];
  end(): Promise<void>;
};

export async function setScene(folder: string): Promise<Scene> {
  const [relayPort = 0, webPort = 0] = await freePorts(2);
  const [home, files, temporary] = ['home', 'files', 'tmp'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const one of [home, files, temporary]) mkdirSync(one, { recursive: true });
  const env = { TMPDIR: temporary };
  const preload = `--import=${join(import.meta.dirname, '../gcOnSignal.ts')}`;
  let collections = 0;
  const collected = async ({ child, line }: Service): Promise<number> => {
    process.kill(child.pid ?? 0, 'SIGUSR2');
    return Number((await line(new RegExp(`^collected ${collections}:`), 60_000)).split(': ')[1]);
  };
  const stage = await setStage({
    folder: join(folder, 'stage'),
    relayPorts: [relayPort],
    webPort,
    home,
    deviceEnv: { ...env, NODE_OPTIONS: preload },
    relayEnv: { NODE_OPTIONS: preload },
    ownGroup: true,
  });
  const line = await openLine(relayPort);
  const echo = await startEcho();
  const end = async (): Promise<void> => {
    await stage.end();
    await line.end();
    echo.close();
  };
  try {
    // Devices and representatives reach the relay through the line, as through a router with other ports.
    appendFileSync(join(stage.folder, 'relay/config.yaml'), `ports: [${line.port}]\n`);
    const relay = await stage.startRelay();
    const device = await stage.startDevice();
    const erin = await stage.representative('erin@maker.example');
    const sam = await stage.representative('sam@maker.example');
    const asErin = { SALLYPORT_DATA: erin, ...env };
    const sshConfig = join(folder, 'ssh.config');
    writeFileSync(sshConfig, await mustRun(programs.support, ['ssh-config'], { env: asErin }));
    const pair = async (data: string, port: number, otp: string): Promise<void> => {
      const args = ['pair', String(port), '--wait', '20'];
      await mustRun(programs.support, args, { env: { SALLYPORT_DATA: data, SALLYPORT_OTP: otp, ...env } });
    };
    const disable = async (): Promise<void> => void (await stage.device(['disable']));
    return {
      stage,
      relayPid: relay.child.pid ?? 0,
      agentPid: device.child.pid ?? 0,
      collect: async () => {
        collections += 1;
        return { relay: await collected(relay), agent: await collected(device) };
      },
      erin,
      sam,
      echo,
      sshConfig,
      files,
      asErin,
      cut: () => line.cut(),
      newGrant: async () => {
        await disable();
        const scopes = `terminal,files:write,web,tcp:127.0.0.1:${echo.port}`;
        const grant = await stage.enable(['--for', '1h', '--allow', scopes, '--wait', '30']);
        await pair(erin, grant.port, grant.otp);
        const { stdout } = await stage.device(['new-password', '--json']);
        const { otp } = JSON.parse(stdout) as { otp: string };
        await pair(sam, grant.port, otp);
        return grant;
      },
      disable,
      keptFiles: () =>
        [stage.folder, temporary, ...[erin, sam].map((data) => controlFolder(data))]
          .flatMap((place) => namesIn(place))
          // Kept on purpose: a pin and a lock for each grant, for a day and a month; recordings and receipts, by quota.
          .filter((name) => !/\/(pins|recordings|receipts)\//.test(name))
          .toSorted(),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).map(({ parentPath, name }) =>
      join(parentPath, name),
    );
  } catch {
    return [];
  }
}
