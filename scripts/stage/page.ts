import { once } from 'node:events';
import { get } from 'node:http';

export type Page = {
  readonly status: number;
  /** The first cookie that is set, as it is sent back. */
  readonly cookie: string | undefined;
  readonly location: string | undefined;
  readonly body: string;
};

/** Asks a `*.localhost` address, which is this computer (RFC 6761, section 6.3), as a browser would. */
export async function openPage(address: URL, cookie?: string): Promise<Page> {
  const request = get({
    host: '127.0.0.1',
    port: address.port,
    path: `${address.pathname}${address.search}`,
    headers: { host: address.host, ...(cookie ? { cookie } : {}) },
  });
  const [response] = await once(request, 'response');
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return {
    status: response.statusCode,
    cookie: response.headers['set-cookie']?.[0]?.split(';')[0],
    location: response.headers.location,
    body,
  };
}
