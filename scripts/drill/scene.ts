/** Who takes part in the drill: honest people and devices with the real programs, and what the thief has stolen. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PortNumber } from '@sallyport/protocol/grant';
import { startLoneDevice } from '../hostile/agent.ts';
import { type HostileRelay, hostilePort, startHostileRelay } from '../hostile/hostileRelay.ts';
import { representativeOf, type Someone, type StolenKeys, stealKeys } from '../hostile/people.ts';
import { startEcho } from '../stage/echo.ts';
import { freePorts } from '../stage/ports.ts';
import { programs, type RunOptions, type Service, startService } from '../stage/program.ts';
import { type Stage, setStage } from '../stage/stage.ts';
import { type Appliance, applianceOf } from './appliance.ts';
import { type Borrowed, borrow } from './borrow.ts';

/** A representative with the real program, in a data folder of their own. */
export type Representative = {
  readonly own: Someone;
  readonly data: string;
  /** Runs `sallyport`. */
  run(args: readonly string[], options?: RunOptions): ReturnType<Stage['sallyport']>;
};

export type Scene = {
  readonly stage: Stage;
  readonly relayData: string;
  /** The device that the thief wants to get into. */
  readonly device: Appliance;
  /** Lets people in by the true OTP before the relay is stolen, and has sessions. */
  readonly erin: Representative;
  /** Another representative. */
  readonly otto: Representative;
  /** A service in the device's network. */
  readonly target: { readonly port: number };
  /** The true relay, while it runs, and all that it logged. */
  readonly relay: { readonly service: Service; log(): string };
  /** Public keys that may be in, or may be taken for a device, by SHA-256. */
  readonly honest: Set<string>;
  /** Ends the true relay, and puts the thief's in its place. */
  steal(): Promise<Theft>;
  end(): Promise<void>;
};

/** What there is after the theft. */
export type Theft = {
  readonly keys: StolenKeys;
  /** The thief's relay, where device and representatives look for the true one. */
  readonly relay: HostileRelay;
  /** Another device of the same maker, with a relay of the thief's to itself. */
  readonly other: { readonly device: Appliance; relay: HostileRelay; readonly ports: readonly number[] };
};

/** Sets the stage with the true relay, and waits until all of it runs. */
export async function setScene(borrowed: Borrowed): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-drill-'));
  const ends: (() => Promise<void> | void)[] = [() => rmSync(folder, { recursive: true, force: true })];
  const end = async (): Promise<void> => {
    for (const each of ends.splice(0).reverse()) await each();
  };
  const stop = (): void => void end().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, stop);
    ends.push(() => void process.off(signal, stop));
  }
  try {
    const ports = await freePorts(3);
    const [first = 0, second = 0, webPort = 0] = ports;
    const relayPorts = [first, second];
    const home = join(folder, 'home');
    mkdirSync(home);
    const stageFolder = join(folder, 'stage');
    mkdirSync(stageFolder, { mode: 0o700 });
    const lent = borrow(borrowed, stageFolder, relayPorts);
    const stage = await setStage({ folder: stageFolder, relayPorts, webPort, home, ownGroup: true });
    ends.push(() => stage.end());

    const relayData = join(stage.folder, 'relay');
    const relay = await startTrueRelay(relayData, relayPorts);
    ends.push(() => relay.service.end('SIGKILL'));
    const agent = await stage.startDevice();
    const mark = randomBytes(3).toString('hex');
    const erin = representative(stage, await stage.representative(lent ?? `erin-${mark}@maker.example`));
    const otto = representative(stage, await stage.representative(`otto-${mark}@maker.example`));
    const device = applianceOf(join(stage.folder, 'device'), agent);
    const target = await startEcho();
    ends.push(() => target.close());
    const honest = new Set([erin.own, otto.own, device.own].map(({ keySha256 }) => keySha256));
    const steal = async (): Promise<Theft> => {
      await relay.service.end('SIGKILL');
      return takeOver(stealKeys(relayData), relayPorts, honest, (each) => ends.push(each));
    };
    return { stage, relayData, device, erin, otto, target, relay, honest, steal, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** The true relay, saying all that it ever says. */
async function startTrueRelay(data: string, ports: readonly number[]): Promise<Scene['relay']> {
  const listen = ports.map((port) => `127.0.0.1:${port}`).join(',');
  const args = ['serve', '--data', data, '--listen', listen, '--log-level', 'debug'];
  const service = startService(programs.relay, args, {}, { ownGroup: true });
  let log = '';
  for (const output of [service.child.stdout, service.child.stderr]) {
    output?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  }
  await service.line(/^ready/);
  return { service, log: () => log };
}

function representative(stage: Stage, data: string): Representative {
  return {
    own: representativeOf(data),
    data,
    run: (args, options) => stage.sallyport(data, args, options),
  };
}

async function takeOver(
  keys: StolenKeys,
  ports: readonly number[],
  honest: Set<string>,
  whenOver: (end: () => Promise<void>) => void,
): Promise<Theft> {
  const relay = await startHostileRelay(keys, ports);
  whenOver(() => relay.close());
  // Every grant keeps its port number; the next ones all get the same, of whichever device they are.
  const { opened } = relay;
  relay.opened = (open) => ({ ...opened(open), port: (open.port ?? hostilePort) as PortNumber });

  const otherPorts = await freePorts(1);
  const agent = await startLoneDevice(keys, otherPorts);
  whenOver(() => agent.end());
  const device = applianceOf(agent.data, agent.service);
  honest.add(device.own.keySha256);
  const other = { device, relay: await startHostileRelay(keys, otherPorts), ports: otherPorts };
  whenOver(() => other.relay.close());
  return { keys, relay, other };
}
