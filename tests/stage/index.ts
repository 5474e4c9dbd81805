/** A relay, a device and representatives for one test file: real programs, in a temporary folder, on free ports. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { controlFolder } from '../../packages/support/src/sshConfig/index.ts';
import { freePorts } from '../../scripts/stage/ports.ts';
import { mustRun, programs, type Service } from '../../scripts/stage/program.ts';
import { type Enabled, type Stage, type StageOptions, setStage } from '../../scripts/stage/stage.ts';

export { freePorts } from '../../scripts/stage/ports.ts';
export { commandLine, isRunning, pidsOf } from '../../scripts/stage/processes.ts';
export {
  type Finished,
  mustRun,
  programs,
  type RunOptions,
  repository,
  runCommand,
  type Service,
  startService,
} from '../../scripts/stage/program.ts';
export type { Enabled, Stage } from '../../scripts/stage/stage.ts';

export type TestStage = Stage & {
  /** The relay and the device that run now. */
  readonly running: { relay: Service; device: Service };
  /** The data folder of the relay, and of the device. */
  readonly relayData: string;
  readonly deviceData: string;
  /** A folder for the test's own files. */
  readonly files: string;
  /** Disables what is enabled, and enables anew: a fresh grant with a live one-time password. */
  fresh(...args: string[]): Promise<Enabled>;
  /** Pairs a representative, by their data folder, for this grant. @throws what `sallyport pair` said, if it failed */
  pair(data: string, grant: Enabled): Promise<void>;
  /** Ends the relay as told, and starts it again. */
  restartRelay(signal: NodeJS.Signals): Promise<void>;
};

/** All scopes that tests usually need; add `tcp:HOST:PORT`. */
export const usualScopes = 'terminal,files:write,web';

/** Starts a relay and an enrolled device. End it in `after`. */
export async function testStage(options: Pick<StageOptions, 'runAs' | 'deviceEnv'> = {}): Promise<TestStage> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'));
  const [first = 0, second = 0, webPort = 0] = await freePorts(3);
  const home = mkdtempSync(join(folder, 'home-'));
  const relayPorts = [first, second];
  const stage = await setStage({ folder: join(folder, 'stage'), relayPorts, webPort, home, ...options });
  const files = mkdtempSync(join(folder, 'files-'));
  const representatives: string[] = [];
  try {
    const running = { relay: await stage.startRelay(), device: await stage.startDevice() };
    return {
      ...stage,
      running,
      relayData: join(stage.folder, 'relay'),
      deviceData: join(stage.folder, 'device'),
      files,
      representative: async (id) => {
        const data = await stage.representative(id);
        representatives.push(data);
        return data;
      },
      fresh: async (...args) => {
        await stage.device(['disable']);
        const terms = args.length > 0 ? args : ['--for', '1h', '--allow', usualScopes];
        return stage.enable([...terms, '--wait', '20']);
      },
      pair: async (data, { port, otp }) => {
        await mustRun(programs.support, ['pair', String(port)], {
          env: { SALLYPORT_DATA: data, SALLYPORT_OTP: otp },
        });
      },
      restartRelay: async (signal) => {
        await running.relay.end(signal);
        running.relay = await stage.startRelay();
      },
      end: async () => {
        await stage.end();
        // The sockets of ssh are elsewhere where the path of the data folder is too long for them.
        for (const left of [folder, ...representatives.map((data) => controlFolder(data))]) {
          rmSync(left, { recursive: true, force: true });
        }
      },
    };
  } catch (error) {
    await stage.end();
    throw error;
  }
}

/** Waits until a service has said on either output what `matches`. */
export function untilSaid(service: Service, matches: RegExp, timeoutMs = 20_000): Promise<RegExpExecArray> {
  const { child } = service;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(timer);
      for (const stream of [child.stdout, child.stderr]) stream?.off('data', look);
      child.off('close', gone);
      act();
    };
    const fail = (why: string): void =>
      settle(() => reject(new Error(`${why} before it said ${matches}; it said:\n${service.said()}`)));
    // Its lines are kept by listeners of the service itself, in this same turn or the next.
    const look = (): void => void setImmediate(check);
    const gone = (): void =>
      void setImmediate(() => (matches.test(service.said()) ? check() : fail('it ended')));
    const check = (): void => {
      const found = matches.exec(service.said());
      if (found) settle(() => resolve(found));
    };
    const timer = setTimeout(() => fail('time was up'), timeoutMs);
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', look);
    child.on('close', gone);
    check();
  });
}
