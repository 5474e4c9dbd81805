import type { Random } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import type { Moment } from '../grant/index.ts';
import type { AuditEvent, AuditFields, State } from '../state/index.ts';

/** What signing in and the accounts are made of. */
export type SignInContext = {
  readonly state: Pick<State, 'administrators' | 'signIns' | 'lockouts' | 'transaction'>;
  readonly now: () => Moment;
  /**
   * The time by the relay, in milliseconds since 1970, where the device's own clock is known to be wrong (design, section 3,
   * the clock rule): one-time codes are those of the right time.
   */
  readonly relayTime?: () => number | undefined;
  readonly random: Random;
  /** What people call this device. */
  readonly device: () => string;
  /** The grant that is waiting or open, with its end by the wall clock, in milliseconds since 1970. */
  readonly grant: () => { readonly id: GrantId; readonly endsAt: number } | undefined;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};

/**
 * What time it may be, for one-time codes. The own clock counts too: a relay that tells a wrong time keeps nobody out, and
 * what it tells is worth nothing without the secret.
 */
export function timesOf({ now, relayTime }: Pick<SignInContext, 'now' | 'relayTime'>): readonly number[] {
  const relay = relayTime?.();
  return relay === undefined ? [now().wallMs] : [relay, now().wallMs];
}
