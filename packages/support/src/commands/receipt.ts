import { rootSha256 } from '@sallyport/protocol/identity';
import { readPublicIdentity } from '../identity/index.ts';
import { openData } from './start.ts';

/** The maker's root as this data folder knows it; undefined before login: a receipt can be checked anywhere. */
export function knownRoot(data: string | undefined): string | undefined {
  try {
    return rootSha256(readPublicIdentity(openData(data === undefined ? {} : { data }).path).authority);
  } catch {
    return undefined;
  }
}
