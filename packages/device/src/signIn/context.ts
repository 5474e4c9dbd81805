import type { Random } from '@sallyport/protocol/environment';
import type { GrantId } from '@sallyport/protocol/grant';
import type { Moment } from '../grant/index.ts';
import type { AuditEvent, AuditFields, State } from '../state/index.ts';

/** What signing in and the accounts are made of. */
export type SignInContext = {
  readonly state: Pick<State, 'administrators' | 'signIns' | 'lockouts' | 'transaction'>;
  readonly now: () => Moment;
  readonly random: Random;
  /** What people call this device. */
  readonly device: () => string;
  /** The grant that is waiting or open, with its end by the wall clock, in milliseconds since 1970. */
  readonly grant: () => { readonly id: GrantId; readonly endsAt: number } | undefined;
  readonly audit: (event: AuditEvent, fields: AuditFields) => void;
};
