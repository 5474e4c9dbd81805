import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Random } from '@sallyport/protocol/environment';

/** What the gate looks at of a request. */
export type WebRequest = {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether it asks for another protocol (a WebSocket). */
  readonly upgrade: boolean;
};
export type Verdict =
  | { readonly do: 'pass' }
  /** The one-time token was good: set this cookie, and go to `/`. */
  | { readonly do: 'enter'; readonly setCookie: string }
  | { readonly do: 'refuse'; readonly status: number; readonly text: string };

export type Gate = {
  /** `http://DEVICE-ID.localhost:PORT`. */
  readonly origin: string;
  /** The address to open: the origin with a token that works once. */
  readonly firstAddress: string;
  /** Judges every request before anything of it is passed on. */
  judge(request: WebRequest): Verdict;
  /** The cookies to pass on to the device: all but ours. Undefined if none is left. */
  passedCookies(cookie: string | undefined): string | undefined;
};

/** Where the one-time token is shown; no path of a device begins like this. */
const entryPath = '/.sallyport/enter';
/** Every listener of ours has a cookie of its own name, since browsers share cookies between ports. */
const cookiePrefix = 'sallyport-web-';
const unsafeMethods = /^(?!(?:GET|HEAD|OPTIONS)$)/;

/**
 * The gate in front of a device's web interface at the representative's computer. Loopback is hostile ground (design,
 * section 8): other users, other pages in the browser, other devices' pages. So it asks for all of these: the exact
 * `Host` (against DNS rebinding), a cookie that was given for a one-time token, no foreign `Origin` anywhere, our own
 * `Origin` on what changes something and on WebSockets, and nothing that a page of another site or port began.
 */
export function makeGate({ device, port, random }: { device: string; port: number; random: Random }): Gate {
  const host = `${device}.localhost:${port}`;
  const origin = `http://${host}`;
  const cookieName = `${cookiePrefix}${port}`;
  const cookieValue = secret(random);
  let token: string | undefined = secret(random);

  const judge = ({ method, url, headers, upgrade }: WebRequest): Verdict => {
    if (headers.host?.toLowerCase() !== host) return refuse(421, `Only ${origin} is answered here.`);
    if (!url.startsWith('/')) return refuse(400, 'This is no open proxy.');
    if (headers.origin !== undefined && headers.origin !== origin) {
      return refuse(403, 'Another page may not use this one.');
    }
    const path = url.split('?', 1)[0];
    if (path === entryPath) {
      const shown = new URL(url, origin).searchParams.get('token') ?? '';
      if (method !== 'GET' || token === undefined || !same(shown, token)) {
        return refuse(403, 'This address has been used. Run `sallyport web` again.');
      }
      token = undefined;
      const setCookie = `${cookieName}=${cookieValue}; Path=/; HttpOnly; SameSite=Strict`;
      return { do: 'enter', setCookie };
    }
    // Whoever sets another of this name, as a page of the device can, takes nobody's own away.
    const shown = readCookies(headers.cookie).filter(([name]) => name === cookieName);
    if (!shown.some(([, value]) => same(value, cookieValue))) {
      return refuse(401, 'Open the address that `sallyport web` printed, in this browser.');
    }
    const began = headers['sec-fetch-site'];
    if (began !== undefined && began !== 'same-origin' && began !== 'none') {
      return refuse(403, 'Another page may not use this one.');
    }
    if ((upgrade || unsafeMethods.test(method)) && headers.origin !== origin) {
      return refuse(403, 'A request that changes something must come from this page.');
    }
    return { do: 'pass' };
  };
  return {
    origin,
    firstAddress: `${origin}${entryPath}?token=${token}`,
    judge,
    passedCookies: (cookie) => {
      const kept = readCookies(cookie).filter(([name]) => !name.startsWith(cookiePrefix));
      return kept.length > 0 ? kept.map(([name, value]) => `${name}=${value}`).join('; ') : undefined;
    },
  };
}

/** Whether a cookie is by its name ours: a device may not set it. A browser sends one without a name as its value. */
export const isOwnCookie = (cookie: string): boolean =>
  cookie.replace(/^[\s=]*/, '').startsWith(cookiePrefix);

const refuse = (status: number, text: string): Verdict => ({ do: 'refuse', status, text });
const secret = (random: Random): string => Buffer.from(random(24)).toString('base64url');

function same(shown: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(shown), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function readCookies(header: string | undefined): (readonly [string, string])[] {
  return (header ?? '')
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      return at < 0
        ? (['', part] as const)
        : ([part.slice(0, at).trim(), part.slice(at + 1).trim()] as const);
    });
}
