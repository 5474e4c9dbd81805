import type { IncomingHttpHeaders } from 'node:http';
import { fail } from '../errors/index.ts';

/** What the gate looks at of a request, before anything else does. */
export type Asked = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Whether it came over TLS. */
  readonly secure: boolean;
  /** Whether it came through a support session: under whatever name the representative's computer gives the device. */
  readonly throughSession: boolean;
};

const changes = (method: string): boolean => method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';

/**
 * Other pages in the same browser are hostile (design, section 8). `Host` has to be one of ours, against names that
 * somebody else lets point here. What changes something has to say that it comes from our own page, and no other page
 * may ask for anything: it may only lead a person here, to a page that shows nothing before its own script asks.
 *
 * @param isOurs whether this is a name of ours, with port
 * @throws host-refused, origin-refused
 */
export function judge(
  { method, path, headers, secure, throughSession }: Asked,
  isOurs: (host: string) => boolean,
): void {
  const { host, origin } = headers;
  if (host === undefined || !(throughSession || isOurs(host.toLowerCase()))) throw fail('host-refused');
  if (!path.startsWith('/')) throw fail('host-refused');
  if (origin !== undefined) {
    const own = throughSession ? ['http', 'https'] : [secure ? 'https' : 'http'];
    if (!own.some((scheme) => origin.toLowerCase() === `${scheme}://${host.toLowerCase()}`)) {
      throw fail('origin-refused');
    }
  } else if (changes(method) && !throughSession) {
    throw fail('origin-refused');
  }
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  const leadsHere =
    method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
  if (!leadsHere || path.startsWith('/v1/')) throw fail('origin-refused');
}
