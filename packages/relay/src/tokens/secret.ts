import { createHash } from 'node:crypto';
import type { Random } from '@sallyport/protocol/environment';

/** 192 random bits, as they stand in a token or an invitation: 32 characters of base64url. */
export function makeSecret(random: Random): string {
  return Buffer.from(random(24)).toString('base64url');
}

/** What is stored of a secret. It is random, so a plain hash is enough: there is nothing to guess by a dictionary. */
export function secretSha256(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}
