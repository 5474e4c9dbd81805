import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import type { DeviceIdentity, IdentityStore } from '../identity/index.ts';

/** The device as it is now, and its signature: ECDSA P-256 with SHA-256 over the UTF-8 of a text, DER. */
export type Signer = { readonly own: DeviceIdentity; readonly sign: (text: string) => Buffer };

/** Asks for the identity anew each time, which may have been replaced. */
export function signerOf(identity: Pick<IdentityStore, 'required'>): () => Signer {
  let known: { readonly pem: string; readonly key: KeyObject } | undefined;
  return () => {
    const own = identity.required();
    const pem = own.tls.key;
    if (known?.pem !== pem) known = { pem, key: createPrivateKey(pem) };
    const { key } = known;
    return { own, sign: (text) => sign('sha256', Buffer.from(text), key) };
  };
}
