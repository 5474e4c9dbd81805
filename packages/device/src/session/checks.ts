import { fail, type SallyportError } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import { failureOf, type Grant, type GrantState, pinOf } from '../grant/index.ts';

export type Entrant = {
  /** SHA-256 of the public key, hex. */
  readonly key: string;
  readonly port: PortNumber;
  /** What the entrant believes to be paired with; a `pair` names none. */
  readonly grant?: GrantId;
};

/**
 * Whether somebody may be in at this moment. Asked when they come, again after every wait, and for every channel
 * (design, section 3).
 *
 * @param revoked whether the relay revoked a key
 * @returns the open grant that lets them in
 * @throws grant-ended, grant-other, identity-revoked, cut-off, key-blocked
 */
export function admit(state: GrantState, entrant: Entrant, revoked: (key: string) => boolean): Grant {
  if (state.at !== 'open') throw fail('grant-ended');
  const { grant, port } = state;
  if (entrant.port !== port) throw fail('grant-other');
  if (entrant.grant !== undefined && entrant.grant !== grant.id) throw fail('grant-other');
  const refusal = refusalOf(grant, entrant.key, revoked);
  if (refusal) throw refusal;
  return grant;
}

/** Why a key may not be in, whatever it proved. */
export function refusalOf(
  grant: Grant,
  key: string,
  revoked: (key: string) => boolean,
): SallyportError | undefined {
  if (revoked(key)) return fail('identity-revoked');
  switch (failureOf(grant, key)?.blocked) {
    case 'cut-off':
      return fail('cut-off');
    case 'failures':
      return fail('key-blocked');
    case undefined:
      return undefined;
  }
}

/** @throws not-paired */
export function mustBePaired(grant: Grant, key: string): void {
  if (!pinOf(grant, key)) throw fail('not-paired');
}

/** An OTP that is not live is said at once, without a run or a count. @throws otp-none, otp-void */
export function mustHavePassword(grant: Grant): void {
  if (grant.password.at === 'spent') throw fail('otp-none');
  if (grant.password.at === 'void') throw fail('otp-void');
}
