import { fail } from '../errors/index.ts';
import type { GrantId, Otp, PortNumber } from '../grant/index.ts';
import type { Role } from '../identity/names.ts';
import { protocolVersion } from '../wire/version.ts';
import type { CpaceInputs } from './cpace.ts';
import { ascii, lengthValue } from './octets.ts';

/**
 * What a pairing is bound to (design, section 4, step 6). With `lv` for a string behind its length in LEB128:
 *
 *   PRS  the nine ASCII digits of the OTP
 *   sid  32 bytes of the inner TLS exporter, label EXPORTER-sallyport-pairing, no context
 *   CI   lv("sallyport-pairing") lv("1") lv(grant id) lv(port number)
 *          11 "sallyport-pairing"   01 "1"   20 32 hex digits, lower case   05 five digits
 *   ADa  lv("representative") lv(SHA-256 of the representative's certificate in DER)
 *          0e "representative"      20 32 bytes
 *   ADb  lv("device") lv(SHA-256 of the device's certificate in DER)
 *          06 "device"              20 32 bytes
 *
 * CI and the associated data are not sent: both sides know them from the inner TLS connection and from `ready`.
 */
export type PairingBinding = {
  readonly otp: Otp;
  readonly grant: GrantId;
  readonly port: PortNumber;
  /** 32 bytes of the exporter. */
  readonly sessionId: Uint8Array;
};

/** One side of the inner TLS connection. */
export type PairingParty = {
  /** Of the certificate in DER, lower-case hex. */
  readonly certificateSha256: string;
};

const sessionIdBytes = 32;

export function cpaceInputs({ otp, grant, port, sessionId }: PairingBinding): CpaceInputs {
  if (sessionId.byteLength !== sessionIdBytes) {
    throw fail('internal', { cause: new Error(`session id of ${sessionId.byteLength} bytes`) });
  }
  return {
    password: ascii(otp.digits()),
    channel: lengthValue(
      ascii('sallyport-pairing'),
      ascii(String(protocolVersion)),
      ascii(grant),
      ascii(String(port)),
    ),
    session: sessionId,
  };
}

export function associatedData(
  role: Extract<Role, 'device' | 'representative'>,
  party: PairingParty,
): Uint8Array {
  if (!/^[0-9a-f]{64}$/.test(party.certificateSha256)) {
    throw fail('internal', { cause: new Error('not the SHA-256 of a certificate') });
  }
  return lengthValue(ascii(role), Buffer.from(party.certificateSha256, 'hex'));
}
