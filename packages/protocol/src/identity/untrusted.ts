import { fail } from '../errors/protocol.ts';
import type { SallyportError } from '../errors/table.ts';

/** Which rule a certificate broke: the detail `check` of `peer-untrusted`. */
export type TrustCheck =
  | 'protocol'
  | 'none'
  | 'form'
  | 'key'
  | 'issuer'
  | 'ca'
  | 'key-usage'
  | 'extended-key-usage'
  | 'name'
  | 'other-id'
  | 'not-yet-valid'
  | 'expired';

/** `peer-untrusted`, with the broken rule for programs and the reason for people. */
export function untrusted(check: TrustCheck, reason: string, cause?: unknown): SallyportError {
  return fail('peer-untrusted', { details: { check, reason }, ...(cause === undefined ? {} : { cause }) });
}
