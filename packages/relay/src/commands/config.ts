import { hostSchema } from '@sallyport/protocol/identity';
import { loadConfig } from '@sallyport/runtime/config';
import { syslogSchema } from '@sallyport/runtime/syslog';
import { z } from 'zod';
import { drainMs } from '../limits.ts';

const list = z.array(z.string().min(1).max(300)).min(1).max(16);

/** The settings of the relay: `config.yaml` in its data folder, `SALLYPORT_…`, flags. */
export const relayConfigSchema = z.object({
  /** The relay's host name: in certificates, tokens and invitations. Never changes. */
  name: hostSchema.optional(),
  /** Addresses to listen on: `0.0.0.0:443`. */
  listen: list.optional(),
  /** TCP ports under which the relay is reached from outside, where they differ from those it listens on. */
  ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(16).optional(),
  /** This node's name, one label before the relay's, where there are several nodes. */
  node: z
    .string()
    .max(63)
    .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, 'use one label: small letters, digits and hyphens')
    .optional(),
  /** PostgreSQL instead of SQLite: `postgresql://USER@HOST/DATABASE`. */
  databaseUrl: z
    .string()
    .max(2_000)
    .regex(/^postgres(?:ql)?:\/\//, 'write it as postgresql://USER@HOST/DATABASE')
    .optional(),
  /** Seconds that sessions may go on after SIGTERM. */
  drain: z
    .number('give seconds, 0 to 3600')
    .min(0)
    .max(3_600)
    .default(drainMs / 1_000),
  /** Where the audit log goes besides: a collector of syslog, over TLS. */
  syslog: syslogSchema.optional(),
  logLevel: z
    .enum(['debug', 'info', 'warn', 'error', 'silent'], 'give debug, info, warn, error or silent')
    .default('info'),
});
export type RelayConfig = z.infer<typeof relayConfigSchema>;

export function loadRelayConfig(
  folder: string,
  flags: { readonly [key: string]: unknown } = {},
): RelayConfig {
  return loadConfig(relayConfigSchema, { folder, flags });
}
