import { isAbsolute } from 'node:path';
import { parseTarget } from '@sallyport/protocol/grant';
import { loadConfig } from '@sallyport/runtime/config';
import { type LogLevel, logLevels } from '@sallyport/runtime/log';
import { z } from 'zod';
import { type AgentConfig, resolveRunAs } from '../agent/index.ts';
import { parseWebAddress } from '../web/index.ts';

/** The settings of `serve`: flags over `SALLYPORT_*` over `config.yaml` in the data folder. */
export const configSchema = z.object({
  /** Where the web interface listens: `127.0.0.1:8080`. Nowhere if left out. */
  web: z.string().max(100).optional(),
  /** The user that terminals, commands and files run as, or `same-user` for the agent's own. */
  runAs: z.string().max(32).optional(),
  /** Where the scope `web` leads: `HOST:PORT`. The agent's own page if left out. */
  webTarget: z
    .string()
    .max(300)
    .refine((text) => parseTarget(text) !== undefined, 'write it as HOST:PORT')
    .optional(),
  /** Folders that file transfers may reach. */
  fileRoots: z
    .array(z.string().max(4_096).refine(isAbsolute, 'name whole paths'))
    .min(1)
    .max(64)
    .default(['/']),
  /** The one port to go out by, of those that the relay listens on; or `automatic`. */
  outboundPort: z.union([z.literal('automatic'), z.number().int().min(1).max(65_535)]).default('automatic'),
  logLevel: z.enum(logLevels).default('info'),
});

/** @throws config-unreadable, config-key-unknown, config-value-invalid, run-as-unknown, web-needs-tls */
export function loadAgentConfig(
  folder: string,
  flags: { readonly [key: string]: unknown },
): AgentConfig & { readonly logLevel: LogLevel } {
  const config = loadConfig(configSchema, { folder, flags });
  return {
    runAs: resolveRunAs(config.runAs),
    webTarget: config.webTarget === undefined ? undefined : parseTarget(config.webTarget),
    fileRoots: config.fileRoots,
    outboundPort: config.outboundPort === 'automatic' ? undefined : config.outboundPort,
    web: config.web === undefined ? undefined : parseWebAddress(config.web),
    logLevel: config.logLevel,
  };
}
