import { parseTarget } from '@sallyport/protocol/grant';
import { loadConfig } from '@sallyport/runtime/config';
import type { LogLevel } from '@sallyport/runtime/log';
import { type AgentConfig, resolveRunAs } from '../agent/index.ts';
import { parseWebAddress } from '../web/index.ts';
import { configSchema } from './settings.ts';

/** @throws config-unreadable, config-key-unknown, config-value-invalid, run-as-unknown, web-needs-tls */
export function loadAgentConfig(
  folder: string,
  flags: { readonly [key: string]: unknown },
): AgentConfig & { readonly logLevel: LogLevel; readonly relayPorts: readonly number[] | undefined } {
  const config = loadConfig(configSchema, { folder, flags });
  return {
    runAs: resolveRunAs(config.runAs),
    webTarget: config.webTarget === undefined ? undefined : parseTarget(config.webTarget),
    fileRoots: config.fileRoots,
    outboundPort: config.outboundPort === 'automatic' ? undefined : config.outboundPort,
    web: config.web === undefined ? undefined : parseWebAddress(config.web),
    logLevel: config.logLevel,
    relayPorts: config.relayPorts,
  };
}
