import { z } from 'zod';

/** One thing that a grant allows. `tcp:HOST:PORT` in the normal form of `normaliseTarget`. */
export type Scope = 'terminal' | 'files:read' | 'files:write' | 'web' | `tcp:${string}`;

/** Where a TCP channel leads: host in normal form and port. */
export type TcpTarget = { readonly host: string; readonly port: number };

const hostPattern = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_](?:[a-z0-9_-]{0,62}))*$/;
const ipv6Pattern = /^\[[0-9a-f:.]{2,45}\]$/;

/**
 * The normal form of `HOST:PORT`, or undefined: lower case, no trailing dot, IPv6 in brackets and as `URL` writes it,
 * the port without leading zeros. Scopes are matched as this text, so two spellings of one target are one scope.
 */
export function parseTarget(text: string): TcpTarget | undefined {
  const split = text.lastIndexOf(':');
  if (split <= 0 || text.length > 300) return undefined;
  const portText = text.slice(split + 1);
  if (!/^\d{1,5}$/.test(portText)) return undefined;
  const port = Number(portText);
  if (port < 1 || port > 65_535) return undefined;
  let host = text.slice(0, split).toLowerCase();
  if (host.startsWith('[')) {
    if (!ipv6Pattern.test(host) || !URL.canParse(`http://${host}/`)) return undefined;
    host = new URL(`http://${host}/`).hostname;
  } else {
    if (host.endsWith('.')) host = host.slice(0, -1);
    if (!hostPattern.test(host)) return undefined;
  }
  return { host, port };
}

export function formatTarget(target: TcpTarget): string {
  return `${target.host}:${target.port}`;
}

/** The scope that a person or a wire wrote, in normal form; undefined if it is none. */
export function parseScope(text: string): Scope | undefined {
  if (text === 'terminal' || text === 'files:read' || text === 'files:write' || text === 'web') return text;
  if (!text.startsWith('tcp:')) return undefined;
  const target = parseTarget(text.slice('tcp:'.length));
  return target && `tcp:${formatTarget(target)}`;
}

/** Whether `scopes` allow `wanted`. `files:write` includes `files:read`. */
export function allows(scopes: readonly Scope[], wanted: Scope): boolean {
  return scopes.includes(wanted) || (wanted === 'files:read' && scopes.includes('files:write'));
}

export const scopeSchema = z
  .string()
  .max(300)
  .transform((text, context): Scope => {
    const scope = parseScope(text);
    if (scope) return scope;
    context.addIssue({ code: 'custom', message: 'not a scope' });
    return z.NEVER;
  });
export const scopesSchema = z.array(scopeSchema).min(1).max(64);
