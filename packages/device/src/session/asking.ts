import { fail, SallyportError } from '@sallyport/protocol/errors';
import { allows, type Scope } from '@sallyport/protocol/grant';
import type { FromAsker } from '@sallyport/protocol/session';
import { printable } from '@sallyport/protocol/text';
import type { AskDesk, Wanted } from '../approval/index.ts';
import type { Terms } from '../channels/index.ts';
import { type Grant, type GrantShell, mustFit } from '../grant/index.ts';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import type { Session } from './session.ts';

/** An end that is this close to the one asked for is the one asked for, in milliseconds. */
const sameEndMs = 1_000;

/** A question that is put: `answer` resolves to what the grant allows when it was granted. */
export type Asked = { readonly answer: Promise<Terms> };

type AskingOptions = {
  readonly grant: GrantShell;
  readonly asks: AskDesk;
  readonly offers: (scope: Scope) => boolean;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};

/**
 * Asks the administrator for what a representative wants besides. What the grant allows already is granted at once.
 *
 * @param current the grant, while the session may be in it
 * @throws session-closed, scope-not-offered, scopes-too-long, asks-used-up, ask-too-soon
 */
export function ask(
  session: Pick<Session, 'id' | 'key' | 'representative'>,
  wish: Omit<FromAsker, 'type'>,
  signal: AbortSignal,
  current: () => Grant | undefined,
  { grant: shell, asks, offers, audit }: AskingOptions,
): Asked {
  const grant = current();
  if (!grant) throw fail('session-closed');
  const terms = (): Terms => {
    const now = current();
    if (!now) throw fail('session-closed');
    return { scopes: now.scopes, leftMs: Math.floor(shell.leftMs()) };
  };
  const wanted = missing(wish, grant, shell.leftMs());
  const refused = wanted.scopes.find((scope) => !offers(scope));
  if (refused !== undefined) throw fail('scope-not-offered', { details: { scope: refused } });
  mustFit([...grant.scopes, ...wanted.scopes]);
  if (wanted.scopes.length === 0 && wanted.forMs === undefined) return { answer: Promise.resolve(terms()) };
  const { id, key, representative } = session;
  const why = printable(wish.why, 500);
  const answered = asks.put({ session: id, key, representative, why, ...wanted }, signal);
  const who = { grant: grant.id, session: id, representative, keySha256: key };
  const { scopes, forMs } = wanted;
  audit('ask-made-1', { ...who, scopes, ...(forMs === undefined ? {} : { forMs }), why });
  const answer = answered.then(terms, (error: unknown) => {
    // What an administrator answered is told where they did.
    if (error instanceof SallyportError && error.code !== 'ask-refused') {
      audit('ask-ended-1', { ...who, code: error.code });
    }
    throw error;
  });
  return { answer };
}

function missing(wish: Omit<FromAsker, 'type'>, grant: Grant, leftMs: number): Wanted {
  const scopes = [...new Set(wish.scopes)].filter((scope) => !allows(grant.scopes, scope));
  const { forMs } = wish;
  const possibleMs = forMs === undefined ? 0 : Math.min(forMs, grant.span.capMs);
  return { scopes, forMs: possibleMs > leftMs + sameEndMs ? forMs : undefined };
}
