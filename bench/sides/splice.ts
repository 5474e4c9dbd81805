import { join } from 'node:path';
import { freePorts } from '../../scripts/stage/ports.ts';
import { startService } from '../../scripts/stage/program.ts';
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
