import type { Random } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { Queries, TokenTable, Writes } from '../store/index.ts';
import { makeSecret, secretSha256 } from './secret.ts';

export type TokenKind = TokenTable['kind'];

export type NewToken = {
  readonly kind: TokenKind;
  /** The representative who is invited; empty for devices. */
  readonly subject?: string;
  readonly label?: string;
  readonly uses: number;
  readonly endsAt: number;
};

/** Makes a token. The secret is in the answer only: what is stored cannot be turned back into it. */
export async function makeToken(
  writes: Writes,
  token: NewToken,
  { random, now }: { random: Random; now: number },
): Promise<{ id: string; secret: string }> {
  const secret = makeSecret(random);
  const id = Buffer.from(random(6)).toString('hex');
  await writes
    .insertInto('tokens')
    .values({
      id,
      kind: token.kind,
      secret_sha256: secretSha256(secret),
      subject: token.subject ?? '',
      label: token.label ?? '',
      uses: token.uses,
      uses_left: token.uses,
      made_at: now,
      ends_at: token.endsAt,
    })
    .execute();
  return { id, secret };
}

/** The token of a secret, spent or not. @throws token-unknown */
export async function findToken(queries: Queries, kind: TokenKind, secret: string): Promise<TokenTable> {
  const token = await queries
    .selectFrom('tokens')
    .selectAll()
    .where('secret_sha256', '=', secretSha256(secret))
    .where('kind', '=', kind)
    .executeTakeFirst();
  if (!token) throw fail('token-unknown');
  return token;
}

/** @throws token-spent, token-ended */
export function requireUsable(token: TokenTable, now: number): void {
  if (token.uses_left < 1) throw fail('token-spent');
  if (token.ends_at <= now) throw fail('token-ended');
}

/**
 * Takes one use of a token, in the transaction that stores what it was used for. Of two at the same time on the last
 * use, one gets it: the row is locked by the update.
 *
 * @throws token-spent, token-ended
 */
export async function spendToken(writes: Writes, token: TokenTable, now: number): Promise<void> {
  const { numUpdatedRows } = await writes
    .updateTable('tokens')
    .set((e) => ({ uses_left: e('uses_left', '-', 1) }))
    .where('id', '=', token.id)
    .where('uses_left', '>', 0)
    .where('ends_at', '>', now)
    .executeTakeFirst();
  if (numUpdatedRows === 1n) return;
  throw fail(token.ends_at <= now ? 'token-ended' : 'token-spent');
}

/** Ends what was not used yet of the invitations of a representative. */
export async function withdrawInvitations(writes: Writes, representative: string): Promise<void> {
  await writes
    .updateTable('tokens')
    .set({ uses_left: 0 })
    .where('kind', '=', 'representative')
    .where('subject', '=', representative)
    .execute();
}
