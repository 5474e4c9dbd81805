import { isOwnCookie } from './gate.ts';

/** Headers by lower-case name, as `node:http` sends them. */
export type HeaderFields = { [name: string]: string | string[] };

/** What belongs to one connection and is never passed on (RFC 9110, section 7.6.1), and what asks for it. */
const hopByHop = [
  'connection',
  'expect',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** What would reach beyond the device's own page: it could forget our cookie, or send the browser elsewhere. */
const overreaching = ['alt-svc', 'clear-site-data', 'strict-transport-security'];

/** Pairs of name and value in the order in which they came, without those of the hop. */
function endToEnd(raw: readonly string[]): (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let at = 0; at + 1 < raw.length; at += 2)
    pairs.push([(raw[at] ?? '').toLowerCase(), raw[at + 1] ?? '']);
  const named = pairs
    .filter(([name]) => name === 'connection')
    .flatMap(([, value]) =>
      value
        .toLowerCase()
        .split(',')
        .map((token) => token.trim()),
    );
  return pairs.filter(([name]) => !hopByHop.includes(name) && !named.includes(name));
}

function collect(pairs: readonly (readonly [string, string])[]): HeaderFields {
  const fields: HeaderFields = Object.create(null);
  for (const [name, value] of pairs) {
    const before = fields[name];
    fields[name] = before === undefined ? value : [before, value].flat();
  }
  return fields;
}

/** The headers of a request as they go on to the device. `cookies` are those that may. */
export function toDevice(raw: readonly string[], cookies: string | undefined): HeaderFields {
  const fields = collect(endToEnd(raw).filter(([name]) => name !== 'cookie'));
  if (cookies !== undefined) fields['cookie'] = cookies;
  return fields;
}

/**
 * The headers of a device's answer as they go on to the browser: its cookies without a `Domain`, so that they stay with
 * this origin, and none of our name; its redirects as paths of this origin, wherever they pointed.
 */
export function toBrowser(raw: readonly string[], origin: string): HeaderFields {
  const kept = endToEnd(raw)
    .filter(([name]) => !overreaching.includes(name))
    .map(([name, value]) => {
      if (name === 'location' || name === 'content-location')
        return [name, withinOrigin(value, origin)] as const;
      if (name === 'refresh') return [name, refreshWithin(value, origin)] as const;
      if (name === 'set-cookie') return [name, hostOnly(value)] as const;
      return [name, value] as const;
    })
    .filter(([name, value]) => !(name === 'set-cookie' && isOwnCookie(value)));
  return collect(kept);
}

function withinOrigin(written: string, origin: string): string {
  // A browser takes these out before it reads an address: `/\t/host` is `//host` to it.
  const location = written.replaceAll(/[\t\r\n]/g, '');
  if (!URL.canParse(location, origin)) return '/';
  const { pathname, search, hash, protocol } = new URL(location, origin);
  if (protocol !== 'http:' && protocol !== 'https:') return '/';
  const absolute = /^[a-z][a-z0-9+.-]*:|^[\\/]{2}/i.test(location.trim());
  // Two slashes at the front of a path would name a host.
  return absolute ? `${pathname.replace(/^\/+/, '/')}${search}${hash}` : location;
}

/** `Refresh: SECONDS; url=ADDRESS` is a redirect, too. */
function refreshWithin(value: string, origin: string): string {
  const [, seconds = '0', address = ''] = /^\s*(\d*)[\d.]*[\s;,]*(?:url\s*=)?\s*(.*)$/is.exec(value) ?? [];
  const bare = address.replaceAll(/^["']|["']$/g, '');
  return bare === '' ? seconds : `${seconds};url=${withinOrigin(bare, origin)}`;
}

const hostOnly = (cookie: string): string =>
  cookie
    .split(';')
    .filter((part, index) => index === 0 || !/^\s*domain\s*=/i.test(part))
    .join(';');
