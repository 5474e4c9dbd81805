import { parseCookie, stringifySetCookie } from 'cookie';

/**
 * `__Host-` makes a browser hold us to `Secure`, `Path=/` and no `Domain`, so that no other host and no page without
 * TLS sets or reads them. Browsers count http on loopback as secure.
 */
const signInName = '__Host-sallyport';
const browserName = '__Host-sallyport-browser';
const attributes = { httpOnly: true, secure: true, sameSite: 'strict', path: '/' } as const;
/** The longest that browsers keep a cookie, in seconds. */
const browserAge = 400 * 24 * 3_600;

export type Cookies = { readonly signIn: string | undefined; readonly browser: string | undefined };

const isToken = (text: string | undefined): text is string =>
  text !== undefined && /^[\w-]{20,64}$/.test(text);

/** What a browser bears; anything that we cannot have set is nothing. */
export function readCookies(header: string | undefined): Cookies {
  const found = parseCookie((header ?? '').slice(0, 8_192));
  const [signIn, browser] = [found[signInName], found[browserName]];
  return { signIn: isToken(signIn) ? signIn : undefined, browser: isToken(browser) ? browser : undefined };
}

export const rememberCookies = ({ token, browser }: { token: string; browser: string }): string[] => [
  stringifySetCookie({ name: signInName, value: token, ...attributes }),
  stringifySetCookie({ name: browserName, value: browser, ...attributes, maxAge: browserAge }),
];

export const forgetCookie = (): string =>
  stringifySetCookie({ name: signInName, value: '', ...attributes, maxAge: 0 });
