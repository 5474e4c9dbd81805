import { parseProxy, type SiteProxy, type Source } from '@sallyport/runtime/dial';
import { z } from 'zod';
import { interfaceNameSchema, sourceOf } from '../network/index.ts';
import type { Settings } from '../state/index.ts';
import type { AgentConfig } from './config.ts';

/** A proxy, as an administrator sets it. A host with no `@` or `/` in it, so that its name reads as one. */
export const proxySchema = z.strictObject({
  kind: z.enum(['http', 'socks5']),
  host: z
    .string()
    .min(1)
    .max(253)
    .refine((host) => parseProxy(`http://${host.includes(':') ? `[${host}]` : host}`) !== undefined, {
      error: 'name a host or an address',
    }),
  port: z.number().int().min(1).max(65_535),
  name: z.string().min(1).max(255).optional(),
  password: z.string().max(255).optional(),
});

/** What an administrator chose instead of what is configured: `none` is a choice, too. */
const none = 'none';
const storedProxySchema = z.union([z.literal(none), proxySchema]);
const storedSourceSchema = z.union([z.literal(none), interfaceNameSchema]);

/** A change of the way out: what is left out stays, null takes it away. */
export type WayOut = {
  readonly outboundPort?: number | null | undefined;
  readonly proxy?: SiteProxy | null | undefined;
  readonly sourceInterface?: string | null | undefined;
};

type Configured = Pick<AgentConfig, 'proxy' | 'sourceInterface'>;

/** The proxy to go out by; undefined for none. */
export function proxyIn(
  settings: Pick<Settings, 'get'> | undefined,
  { proxy }: Configured,
): SiteProxy | undefined {
  const stored = read(settings?.get('proxy'), storedProxySchema);
  return stored === undefined ? proxy : stored === none ? undefined : stored;
}

/** The network port to go out by; undefined for whichever leads there. */
export function sourceInterfaceIn(
  settings: Pick<Settings, 'get'> | undefined,
  { sourceInterface }: Configured,
): string | undefined {
  const stored = read(JSON.stringify(settings?.get('source-interface')), storedSourceSchema);
  return stored === undefined ? sourceInterface : stored === none ? undefined : stored;
}

/** The addresses to go out from, at this moment. @throws source-interface-unusable */
export function sourceIn(
  settings: Pick<Settings, 'get'> | undefined,
  config: Configured,
): Source | undefined {
  const name = sourceInterfaceIn(settings, config);
  return name === undefined ? undefined : sourceOf(name);
}

export const storeProxy = (settings: Settings, proxy: SiteProxy | undefined): void =>
  settings.set('proxy', JSON.stringify(proxy ?? none));
export const storeSourceInterface = (settings: Settings, name: string | undefined): void =>
  settings.set('source-interface', name ?? none);

/** A proxy without a password keeps the one that was known for it: never is one told to another proxy, or by another name. */
export function keepPassword(wanted: SiteProxy, known: SiteProxy | undefined): SiteProxy {
  const same =
    known?.kind === wanted.kind &&
    known.host === wanted.host &&
    known.port === wanted.port &&
    known.name === wanted.name;
  if (wanted.password !== undefined || !same || known.password === undefined) return wanted;
  return { ...wanted, password: known.password };
}

/** What another version stored, or a disk spoiled, is as if nothing were stored. */
function read<T>(text: string | undefined, schema: z.ZodType<T>): T | undefined {
  if (text === undefined) return undefined;
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
