import type { Random } from '@sallyport/protocol/environment';
import { Secret, TOTP } from 'otpauth';
import encodeQr from 'qr';

/** RFC 6238 as every authenticator app has it: SHA-1, six digits, 30 seconds. */
const periodS = 30;
/** A code of the step before or after is good, too: clocks differ. */
const window = 1;
/** RFC 4226, section 4, R6: 160 bits. In bytes. */
const secretLength = 20;

export type NewTotp = {
  /** Base32, to type into an app that has no camera. */
  readonly secret: string;
  readonly uri: string;
  /** The address as a QR code: an SVG image. */
  readonly qr: string;
};

function totpOf(secret: string, label = ''): TOTP {
  return new TOTP({
    issuer: 'Sallyport',
    label,
    secret: Secret.fromBase32(secret),
    algorithm: 'SHA1',
    digits: 6,
    period: periodS,
  });
}

export function makeTotp(name: string, device: string, random: Random): NewTotp {
  const secret = new Secret({ buffer: Uint8Array.from(random(secretLength)).buffer }).base32;
  const uri = totpOf(secret, `${name}@${device}`).toString();
  return { secret, uri, qr: encodeQr(uri, 'svg') };
}

/**
 * The step of a right code; undefined for a wrong one.
 *
 * @param after the newest step of which a code was taken: that one and those before it are not taken again
 * @param times what time it may be, in milliseconds since 1970: by this machine, and by others that know better
 */
export function totpStep(
  secret: string,
  code: string,
  after: number,
  times: readonly number[],
): number | undefined {
  const token = code.replace(/\s/g, '');
  for (const timestamp of times) {
    const delta = totpOf(secret).validate({ token, timestamp, window });
    if (delta === null) continue;
    const step = Math.floor(timestamp / 1_000 / periodS) + delta;
    if (step > after) return step;
  }
  return undefined;
}
