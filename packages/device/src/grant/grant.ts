import type { GrantId, PortNumber, Scope } from '@sallyport/protocol/grant';
import type { Span } from './span.ts';

/** Failures that block one key for the grant, and failures in all that void the OTP (design, section 9). */
export const failuresPerKey = 3;
export const failuresPerPassword = 5;

/** The OTP's state, without its digits: those are never stored. `failures` counts since it was made. */
export type Password = { readonly at: 'live' | 'spent' | 'void'; readonly failures: number };

/** A public key (SHA-256 of its SPKI, hex) that proved the OTP of this grant. */
export type Pin = {
  readonly key: string;
  readonly representative: string;
  readonly certificateSha256: string;
  /** Wall clock, milliseconds since 1970. */
  readonly since: number;
};

/** A public key whose pairings failed, or that was cut off. `blocked` holds until the grant ends. */
export type Failure = {
  readonly key: string;
  readonly representative: string;
  readonly count: number;
  readonly blocked: 'failures' | 'cut-off' | undefined;
};

/** An Ed25519 key for SSH, of this grant alone: private in OpenSSH's format, public as in a known-hosts file. */
export type HostKey = { readonly private: string; readonly public: string };

/** An administrator's consent: from Enable until Disable or expiry. */
export type Grant = {
  readonly id: GrantId;
  readonly scopes: readonly Scope[];
  readonly approval: boolean;
  readonly reference: string | undefined;
  readonly hostKey: HostKey;
  readonly password: Password;
  readonly pins: readonly Pin[];
  readonly failures: readonly Failure[];
  /** Wall clock, milliseconds since 1970. */
  readonly enabledAt: number;
  readonly span: Span;
};

export const endReasons = ['disabled', 'expired'] as const;
export type EndReason = (typeof endReasons)[number];

export type GrantState =
  | { readonly at: 'disabled' }
  | { readonly at: 'waiting'; readonly grant: Grant }
  | { readonly at: 'open'; readonly grant: Grant; readonly port: PortNumber }
  | { readonly at: 'ended'; readonly grant: GrantId; readonly reason: EndReason };

export const failureOf = (grant: Grant, key: string): Failure | undefined =>
  grant.failures.find((failure) => failure.key === key);

export const pinOf = (grant: Grant, key: string): Pin | undefined =>
  grant.pins.find((pin) => pin.key === key);

/** How many wrong tries are left for a key before it is blocked or the OTP is void. */
export function triesLeft(grant: Grant, key: string): number {
  const own = failuresPerKey - (failureOf(grant, key)?.count ?? 0);
  return Math.max(0, Math.min(own, failuresPerPassword - grant.password.failures));
}
