import { fail } from '../errors/protocol.ts';
import { SallyportError } from '../errors/table.ts';
import { untrusted } from '../identity/index.ts';

/** What OpenSSL says when the other side spoke TLS, but no version of ours. */
const otherVersion = /ALERT_PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE/;
/** What it says when the other side spoke something else: HTTP, SSH, a greeting of a mail server. */
const noTls =
  /WRONG_VERSION_NUMBER|HTTP_REQUEST|PACKET_LENGTH|RECORD_LAYER|RECORD_TYPE|UNEXPECTED_MESSAGE|BAD_RECORD/;

/**
 * The error of a handshake that failed, as one of ours: `peer-untrusted` if what answered is not ours, otherwise
 * `connection-lost`. An error of ours stays as it is (`timed-out`, `peer-untrusted`).
 */
export function tlsFailure(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? '') : '';
  if (code.startsWith('ERR_SSL') || code === 'EPROTO') {
    if (otherVersion.test(code)) return untrusted('protocol', 'it does not speak TLS 1.3', error);
    if (noTls.test(code)) return untrusted('protocol', 'it does not speak TLS', error);
    return untrusted('protocol', `it broke off the handshake (${code})`, error);
  }
  return fail('connection-lost', { cause: error });
}
