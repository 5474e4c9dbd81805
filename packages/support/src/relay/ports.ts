import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The settings of the representative's program: `config.yaml` in the data folder, `SALLYPORT_…`. */
export const settingsSchema = z.object({
  /** The relay's ports, in the order in which they are tried, where they are others than those of the invitation. */
  relayPorts: z.array(z.number().int().min(1).max(65_535)).min(1).max(16).optional(),
});

/**
 * Where the relay is looked for: on the ports of the invitation, unless the settings name others because it moved.
 *
 * @throws config-unreadable, config-key-unknown, config-value-invalid
 */
export async function relayPorts(
  data: string,
  invited: readonly number[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<readonly number[]> {
  const some = existsSync(join(data, 'config.yaml')) || env['SALLYPORT_RELAY_PORTS'] !== undefined;
  if (!some) return invited;
  // Reading YAML takes as long as the rest of a cold start: only where there is something to read.
  const { loadConfig } = await import('@sallyport/runtime/config');
  return loadConfig(settingsSchema, { folder: data, env }).relayPorts ?? invited;
}
