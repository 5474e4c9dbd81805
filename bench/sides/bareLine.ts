import { freePorts } from '../../scripts/stage/ports.ts';
import { startService } from '../../scripts/stage/program.ts';
import { deviceAddress } from './longLine.ts';
import type { Places } from './place.ts';
import { startTcpService } from './service.ts';
import type { Forward } from './side.ts';

export const bareLine = 'bare TCP on the line';

/** What the line itself carries: a TCP connection of the kernel's over it, with a socat at either end. */
export async function openBareLine({ device, representative }: Places): Promise<Forward> {
  const [local = 0, far = 0, target = 0] = await freePorts(3);
  const service = await startTcpService(device, target);
  const listen = (port: number): string => `TCP-LISTEN:${port},bind=127.0.0.1,fork,reuseaddr`;
  const there = startService(
    ...device.enter('socat', ['-b', '131072', `TCP-LISTEN:${far},fork,reuseaddr`, `TCP:127.0.0.1:${target}`]),
  );
  const here = startService(
    ...representative.enter('socat', ['-b', '131072', listen(local), `TCP:${deviceAddress}:${far}`]),
  );
  return {
    port: local,
    end: async () => {
      for (const one of [here, there, service]) await one.end();
    },
  };
}
