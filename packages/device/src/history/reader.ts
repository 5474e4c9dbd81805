import type { Visit } from '../signIn/index.ts';
import type { AuditFilter, State } from '../state/index.ts';

/**
 * What of the history somebody may see. Administrators see all; a temporary one what was from when the account was made
 * on, or the grant that it ends with; who comes through a session, whoever is signed in, what they did themselves in
 * this grant.
 */
export type Reader =
  | { readonly sees: 'all' }
  | { readonly sees: 'grant'; readonly grant: string }
  | { readonly sees: 'since'; readonly since: number }
  | { readonly sees: 'own'; readonly grant: string; readonly representative: string; readonly key: string };

export function readerOf({ session, account }: Visit, state: Pick<State, 'administrators'>): Reader {
  if (session) {
    const { grant, representative, keySha256: key } = session;
    return { sees: 'own', grant, representative, key };
  }
  if (account?.kind !== 'temporary') return { sees: 'all' };
  const found = state.administrators.find(account.name);
  if (found?.until && 'grant' in found.until) return { sees: 'grant', grant: found.until.grant };
  return { sees: 'since', since: found?.since ?? Number.MAX_SAFE_INTEGER };
}

/** The same for the entries of the audit log. */
export function narrowed(reader: Reader): AuditFilter {
  switch (reader.sees) {
    case 'all':
      return {};
    case 'grant':
      return { grant: reader.grant };
    case 'since':
      return { from: reader.since };
    case 'own':
      return { grant: reader.grant, who: reader.representative };
  }
}

/** Whether what is of one session, and of one key, is for this reader. @param at when it was made, wall clock */
export function mayHave(
  reader: Reader,
  of: { readonly grant: string; readonly key: string; readonly at: number },
): boolean {
  switch (reader.sees) {
    case 'all':
      return true;
    case 'grant':
      return reader.grant === of.grant;
    case 'since':
      return of.at >= reader.since;
    case 'own':
      return reader.grant === of.grant && reader.key === of.key;
  }
}
