/** A relay of its own for the fleet, whose memory can be looked at. */
import { join } from 'node:path';
import { freePorts } from '../../../scripts/stage/ports.ts';
import { mustRun, programs, type Service, startService } from '../../../scripts/stage/program.ts';

export type FleetRelay = {
  readonly data: string;
  readonly port: number;
  readonly pid: () => number;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Has it collect its garbage, and waits until it has. */
  collect(): Promise<void>;
};

export async function makeFleetRelay(folder: string): Promise<FleetRelay> {
  const data = join(folder, 'relay');
  const [port = 0] = await freePorts(1);
  const listen = `127.0.0.1:${port}`;
  await mustRun(programs.relay, ['init', '--data', data, '--name', 'localhost', '--listen', listen]);
  const collector = join(import.meta.dirname, '../gcOnSignal.ts');
  let service: Service | undefined;
  let collected = 0;
  const pid = (): number => service?.child.pid ?? 0;
  return {
    data,
    port,
    pid,
    start: async () => {
      // The log of thousands of tunnels is no part of what is measured.
      const args = ['serve', '--data', data, '--log-level', 'warn'];
      service = startService(programs.relay, args, { NODE_OPTIONS: `--import=${collector}` });
      await service.line(/^ready/);
      collected = 0;
    },
    kill: async () => service?.end('SIGKILL'),
    collect: async () => {
      collected += 1;
      process.kill(pid(), 'SIGUSR2');
      await service?.line(new RegExp(`^collected ${collected}:`), 60_000);
    },
  };
}
