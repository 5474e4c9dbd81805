import { rootSha256 } from '@sallyport/protocol/identity';
import { deviceFolder, identityOf } from './folder.ts';

/** The maker's root as this data folder knows it; undefined where there is none: a receipt can be checked anywhere. */
export function knownRoot(data: string | undefined): string | undefined {
  try {
    const identity = identityOf(deviceFolder(data, { create: false })).find();
    return identity && rootSha256(identity.authority);
  } catch {
    return undefined;
  }
}
