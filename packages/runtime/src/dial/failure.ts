import { fail, SallyportError } from '@sallyport/protocol/errors';

const noRoute = new Set([
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENETDOWN',
  'EADDRNOTAVAIL',
  'EAFNOSUPPORT',
  'EINVAL',
]);

/** What went wrong on one port, as an error about the relay. `cause` is what `net` or `through` threw. */
export function portFailure(host: string, port: number, cause: unknown): SallyportError {
  const at = { cause, leg: 'to-relay' } as const;
  if (cause instanceof SallyportError) {
    const { reason } = cause.details;
    if (cause.code === 'peer-untrusted')
      return fail('relay-not-ours', { details: { host, reason: reason ?? '' }, ...at });
    if (cause.code === 'timed-out') return fail('relay-no-answer', { details: { host, ports: port }, ...at });
    if (cause.code === 'connection-lost') return fail('relay-cut', { details: { host }, ...at });
    return cause;
  }
  const code = codeOf(cause);
  if (code === 'ECONNREFUSED') return fail('relay-refused', { details: { host, ports: port }, ...at });
  if (code === 'ETIMEDOUT') return fail('relay-no-answer', { details: { host, ports: port }, ...at });
  if (code !== undefined && noRoute.has(code)) return fail('relay-no-route', { details: { host }, ...at });
  return fail('relay-cut', { details: { host }, ...at });
}

/** Several addresses of one name fail as one AggregateError; its first member says most. */
function codeOf(error: unknown): string | undefined {
  if (error instanceof AggregateError) {
    const codes = error.errors.map(codeOf);
    return codes.find((code) => code === 'ECONNREFUSED') ?? codes[0];
  }
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
}

/** What says most about why no port worked, first. */
const telling = [
  'relay-not-ours',
  'proxy-refused',
  'proxy-failed',
  'relay-cut',
  'relay-refused',
  'relay-no-answer',
  'relay-no-route',
];

/** Of the failures of all ports the one that says most, with every port that failed in the same way. */
export function worstFailure(host: string, failures: ReadonlyMap<number, SallyportError>): SallyportError {
  const rank = (error: SallyportError): number => telling.indexOf(error.code);
  const [worst] = [...failures.values()].toSorted((a, b) => rank(a) - rank(b));
  if (!worst) return fail('relay-no-answer', { details: { host, ports: '' }, leg: 'to-relay' });
  if (worst.code !== 'relay-refused' && worst.code !== 'relay-no-answer') return worst;
  const ports = [...failures].filter(([, error]) => error.code === worst.code).map(([port]) => port);
  return fail(worst.code, {
    details: { host, ports: ports.join(', ') },
    cause: worst.cause,
    leg: 'to-relay',
  });
}

/** What another port may do better. */
const passing: ReadonlySet<string> = new Set([
  'peer-untrusted',
  'timed-out',
  'connection-lost',
  'proxy-refused',
  'proxy-failed',
]);

/**
 * Whether the true relay gave an answer that another port would only repeat, such as `identity-revoked`: then the race
 * ends at once.
 */
export function isFinal(error: unknown): error is SallyportError {
  return error instanceof SallyportError && !passing.has(error.code) && !error.code.startsWith('relay-');
}
