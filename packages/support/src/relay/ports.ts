import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** The settings of the representative's program: `config.yaml` in the data folder, `SALLYPORT_…`. */
export const settingsSchema = z.object({
  /** The relay's ports, in the order in which they are tried, where they are others than those of the invitation. */
  relayPorts: z.array(z.number().int().min(1).max(65_535)).min(1).max(16).optional(),
  /** Whether the keyring of the operating system keeps what opens a key that is under a passphrase. */
  keyring: z.boolean().default(true),
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
  return (await settingsOf(data, env)).relayPorts ?? invited;
}

/** @throws config-unreadable, config-key-unknown, config-value-invalid */
export async function settingsOf(
  data: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<z.output<typeof settingsSchema>> {
  const inEnvironment = ['SALLYPORT_RELAY_PORTS', 'SALLYPORT_KEYRING'].some(
    (name) => env[name] !== undefined,
  );
  // Reading YAML takes as long as the rest of a cold start: only where there is something to read.
  if (!inEnvironment && !existsSync(join(data, 'config.yaml'))) return settingsSchema.parse({});
  const { loadConfig } = await import('@sallyport/runtime/config');
  return loadConfig(settingsSchema, { folder: data, env });
}
