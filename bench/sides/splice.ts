import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../scripts/stage/ports.ts';
import { type Service, startService } from '../../scripts/stage/program.ts';
import { restMs, type Shell } from '../latency.ts';
import { loopback } from './place.ts';
import { parts, startTcpService } from './service.ts';
import type { Forward } from './side.ts';

export const bareSplice = 'bare TCP splice (Node)';

/** A Node process that splices two TCP sockets and does nothing else: one in, one out, no encryption. */
export async function openSplice(): Promise<Forward> {
  const [listen = 0, target = 0] = await freePorts(2);
  const service = await startTcpService(loopback.device, target);
  const splice = startService(process.execPath, [join(parts, 'splice.ts'), String(listen), String(target)]);
  await splice.line(/^ready/);
  return {
    port: listen,
    ...(splice.child.pid === undefined ? {} : { pid: splice.child.pid }),
    end: async () => {
      await splice.end();
      await service.end();
    },
  };
}

export const bareChain = 'three bare Node processes';

/**
 * As many Node processes in a row as a session has (CLI, relay, agent), which pass what they get on by bare TCP; the last one
 * sends it back. What they take is the least that a program on Node can.
 */
export async function openChain(): Promise<Shell> {
  const ports = await freePorts(3);
  const [near = '', middle = '', far = ''] = ports.map(String);
  const started: Service[] = [];
  const start = async (part: string, ...args: string[]): Promise<void> => {
    const service = startService(process.execPath, [join(parts, part), ...args]);
    started.unshift(service);
    await service.line(/^ready/);
  };
  await start('echo.ts', far);
  await start('splice.ts', middle, far);
  await start('splice.ts', near, middle);
  const socket = connect({ port: Number(near), host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  return {
    key: async () => {
      const began = performance.now();
      socket.write('q');
      await once(socket, 'data');
      const took = performance.now() - began;
      await sleep(restMs);
      return took;
    },
    end: async () => {
      socket.destroy();
      for (const service of started) await service.end();
    },
  };
}
