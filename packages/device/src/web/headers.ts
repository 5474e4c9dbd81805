/** On every answer. */
const always: { readonly [name: string]: string } = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': [
    'accelerometer',
    'camera',
    'display-capture',
    'geolocation',
    'gyroscope',
    'hid',
    'magnetometer',
    'microphone',
    'midi',
    'payment',
    'publickey-credentials-get',
    'serial',
    'usb',
  ]
    .map((feature) => `${feature}=()`)
    .join(', '),
  'x-frame-options': 'DENY',
};

/** What is no page may do nothing at all. */
const nothing = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";

export const nonceMark = '__CSP_NONCE__';

/** The one page whose player of recordings is compiled WebAssembly, of our own files like all else. */
const replays = /^\/history\/recordings\/[^/]+$/;

/**
 * Our own scripts and styles, and styles that our scripts make under this answer's nonce; nothing of anybody else.
 *
 * @param path of the page that is asked for
 */
export const pagePolicy = (nonce: string, path: string): string =>
  [
    "default-src 'none'",
    `script-src 'self'${replays.test(path) ? " 'wasm-unsafe-eval'" : ''}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

export function securityHeaders(secure: boolean): { readonly [name: string]: string } {
  return {
    ...always,
    'content-security-policy': nothing,
    ...(secure ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}
