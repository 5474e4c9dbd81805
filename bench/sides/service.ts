import { join } from 'node:path';
import { type Service, startService } from '../../scripts/stage/program.ts';
import type { Place } from './place.ts';

export const parts = join(import.meta.dirname, '../parts');

/** Starts the device's TCP service (`parts/service.ts`) on this port of its loopback. */
export async function startTcpService(place: Place, port: number): Promise<Service> {
  const [command, args] = place.enter(process.execPath, [join(parts, 'service.ts'), String(port)]);
  const service = startService(command, args);
  await service.line(/^ready/);
  return service;
}
