import { parseTarget } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { loadConfig } from '@sallyport/runtime/config';
import { parseProxy } from '@sallyport/runtime/dial';
import type { LogLevel } from '@sallyport/runtime/log';
import type { SyslogSettings } from '@sallyport/runtime/syslog';
import { type AgentConfig, resolveRunAs } from '../agent/index.ts';
import { fail } from '../errors/index.ts';
import type { RecordingPolicy } from '../recordings/index.ts';
import { parseWebAddress } from '../web/index.ts';
import { configSchema } from './settings.ts';

/** Files that somebody supplied for the web interface, and the names that it is reached by. */
export type WebFiles = {
  readonly webFiles: { readonly certificate: string; readonly key: string } | undefined;
  readonly webNames: readonly string[];
};

/** @throws config-unreadable, config-key-unknown, config-value-invalid, run-as-unknown, web-address-malformed, web-certificate-invalid */
export function loadAgentConfig(
  folder: string,
  flags: { readonly [key: string]: unknown },
): AgentConfig &
  WebFiles & {
    readonly recordings: RecordingPolicy & { readonly recipients: readonly string[] };
    readonly logLevel: LogLevel;
    readonly relayPorts: readonly number[] | undefined;
    readonly networkManage: boolean;
    readonly syslog: SyslogSettings | undefined;
  } {
  const config = loadConfig(configSchema, { folder, flags });
  const { webCertificate: certificate, webKey: key } = config;
  if ((certificate === undefined) !== (key === undefined)) {
    throw fail('web-certificate-invalid', { details: { reason: 'one file of the two is missing' } });
  }
  return {
    maker: config.maker === undefined ? undefined : printable(config.maker, 100),
    runAs: resolveRunAs(config.runAs),
    webTarget: config.webTarget === undefined ? undefined : parseTarget(config.webTarget),
    fileRoots: config.fileRoots,
    outboundPort: config.outboundPort === 'automatic' ? undefined : config.outboundPort,
    webFiles: certificate !== undefined && key !== undefined ? { certificate, key } : undefined,
    webNames: config.webNames.map((name) => name.toLowerCase()),
    web: config.web === undefined ? undefined : parseWebAddress(config.web),
    logLevel: config.logLevel,
    relayPorts: config.relayPorts,
    recordings: config.recordings,
    proxy: config.proxy === undefined ? undefined : parseProxy(config.proxy),
    sourceInterface: config.sourceInterface,
    networkManage: config.network.manage,
    syslog: config.syslog,
  };
}
