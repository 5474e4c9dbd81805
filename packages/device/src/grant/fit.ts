import type { Scope } from '@sallyport/protocol/grant';
import { fail } from '../errors/index.ts';

/** What the scopes of a grant may take as JSON: the hello, of 4 KiB, carries them. In bytes. */
const scopesCap = 3_000;
/** And how many there may be. */
const scopesLimit = 64;

/** Whether a grant can have these scopes. @throws scopes-too-long */
export function mustFit(scopes: readonly Scope[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(scopes));
  if (scopes.length > scopesLimit) throw tooLong(`${scopes.length} scopes`, scopesLimit);
  if (bytes > scopesCap) throw tooLong(`${bytes} bytes to say`, scopesCap);
}

const tooLong = (found: string, cap: number): Error => fail('scopes-too-long', { details: { found, cap } });
