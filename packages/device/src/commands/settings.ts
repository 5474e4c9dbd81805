import { isAbsolute } from 'node:path';
import { parseTarget } from '@sallyport/protocol/grant';
import { loadConfig } from '@sallyport/runtime/config';
import { parseProxy, type SiteProxy, type Source } from '@sallyport/runtime/dial';
import { logLevels } from '@sallyport/runtime/log';
import { syslogSchema } from '@sallyport/runtime/syslog';
import { z } from 'zod';
import { proxyIn, sourceIn } from '../agent/wayOut.ts';
import { interfaceNameSchema } from '../network/source.ts';
import { recordingSettingsSchema } from '../recordings/policy.ts';
import type { Settings } from '../state/index.ts';

const port = z.number().int().min(1).max(65_535);
const portList = 'give ports from 1 to 65535, with commas between';

/** The settings of `serve`: flags over `SALLYPORT_*` over `config.yaml` in the data folder. */
export const configSchema = z.object({
  /** Where the web interface listens: `127.0.0.1:8080`, or by TLS `0.0.0.0:443`. Nowhere if left out. */
  web: z.string().max(100).optional(),
  /** A certificate for it and its key, PEM files; the device makes its own if they are left out. */
  webCertificate: z.string().max(4_096).refine(isAbsolute, 'name a whole path').optional(),
  webKey: z.string().max(4_096).refine(isAbsolute, 'name a whole path').optional(),
  /** More host names that it is reached by. */
  webNames: z
    .array(
      z
        .string()
        .max(253)
        .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/, 'name hosts'),
    )
    .max(20)
    .default([]),
  /** Who makes this device and supports it, as people read it on the page. */
  maker: z.string().trim().min(1).max(100).optional(),
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
  outboundPort: z
    .union([z.literal('automatic'), port], 'give a port from 1 to 65535, or automatic')
    .default('automatic'),
  /** The proxy to go out by: `http://HOST:PORT` or `socks5://HOST:PORT`, with `NAME:PASSWORD@` before the host. */
  proxy: z
    .string()
    .max(1_000)
    .refine((text) => parseProxy(text) !== undefined, 'write it as http://HOST:PORT or socks5://HOST:PORT')
    .optional(),
  /** The network port to go out by, such as `eth1`: connections to the relay are made from its address. */
  sourceInterface: interfaceNameSchema.optional(),
  /** Whether administrators may change how this device is in its network, on the page *Network*. */
  network: z.strictObject({ manage: z.boolean().default(false) }).default({ manage: false }),
  /** The relay's ports, in the order in which they are tried, where they are others than those of the token. */
  relayPorts: z
    .array(port, { error: ({ code }) => (code === 'invalid_type' ? portList : undefined) })
    .min(1)
    .max(16)
    .optional(),
  /** How long and how many recordings are kept, and what happens when a disk takes none. */
  recordings: recordingSettingsSchema.prefault({}),
  /** Where the audit log goes besides: a collector of syslog, over TLS. */
  syslog: syslogSchema.optional(),
  logLevel: z.enum(logLevels, 'give debug, info, warn, error or silent').default('info'),
});

/** The setting `relay-ports` of a data folder, for commands that need no more. @throws config-… */
export function relayPortsOf(folder: string): readonly number[] | undefined {
  return loadConfig(configSchema, { folder }).relayPorts;
}

/**
 * The proxy and the source that commands of a data folder go out by: as the flag says, as an administrator chose, as is
 * configured.
 *
 * @throws config-…, source-interface-unusable
 */
export function wayOutOf(
  folder: string,
  settings: Pick<Settings, 'get'> | undefined,
  flag?: string,
): { proxy: SiteProxy | undefined; source: () => Source | undefined } {
  const config = loadConfig(configSchema, { folder, flags: { proxy: flag } });
  const proxy = config.proxy === undefined ? undefined : parseProxy(config.proxy);
  const configured = { proxy, sourceInterface: config.sourceInterface };
  return {
    proxy: flag === undefined ? proxyIn(settings, configured) : proxy,
    source: () => sourceIn(settings, configured),
  };
}

/** The one port to go out by: what an administrator chose, else what is configured; undefined for whichever works. */
export function loadOutboundPort(folder: string, chosen: string | undefined): number | undefined {
  const wanted = chosen ?? loadConfig(configSchema, { folder }).outboundPort;
  return wanted === 'automatic' ? undefined : Number(wanted);
}
