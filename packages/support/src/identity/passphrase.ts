import { keySha256OfPem } from '@sallyport/protocol/identity';
import { systemRandom } from '@sallyport/runtime/random';
import { fail } from '../errors/index.ts';
import { readPublicIdentity, writeIdentity } from './file.ts';

/** The shortest passphrase, in characters: a few words. */
export const shortestPassphrase = 12;

/** @throws passphrase-short */
export function mustBePassphrase(text: string): string {
  if ([...text].length >= shortestPassphrase) return text;
  throw fail('passphrase-short', { details: { shortest: shortestPassphrase }, leg: 'this-computer' });
}

/** The key under a passphrase. @throws passphrase-short */
export async function sealedBy(key: string, passphrase: string): Promise<string> {
  const { sealKey } = await import('@sallyport/protocol/sealedKey');
  return (await sealKey(key, mustBePassphrase(passphrase), systemRandom)).pem;
}

/**
 * Puts the key in a data folder under a new passphrase, or under none. A certificate that was renewed meanwhile stays.
 *
 * @param key the private key of that folder, opened
 */
export async function changePassphrase(
  data: string,
  key: string,
  passphrase: string | undefined,
): Promise<void> {
  const changed = passphrase === undefined ? key : await sealedBy(key, passphrase);
  const { file, key: sha256 } = readPublicIdentity(data);
  if (keySha256OfPem(key) !== sha256) throw fail('identity-changed', { leg: 'this-computer' });
  writeIdentity(data, { ...file, key: changed });
}
