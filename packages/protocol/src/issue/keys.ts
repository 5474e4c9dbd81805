import { webcrypto } from 'node:crypto';
import { PemConverter } from './x509.ts';

/** Every key of ours: ECDSA on P-256; every signature with SHA-256. */
export const keyAlgorithm = { name: 'ECDSA', namedCurve: 'P-256' } as const;
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const;

export type KeyPair = { readonly publicKey: CryptoKey; readonly privateKey: CryptoKey };
type CryptoKey = webcrypto.CryptoKey;

export async function makeKeyPair(): Promise<KeyPair> {
  return await webcrypto.subtle.generateKey(keyAlgorithm, true, ['sign', 'verify']);
}

export async function privateKeyToPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', key), 'PRIVATE KEY')}\n`;
}

/** @throws TypeError, DataError if it is not a P-256 key in PKCS #8 PEM: our own files, so a fault and not an input */
export async function privateKeyFromPem(pem: string): Promise<CryptoKey> {
  return await webcrypto.subtle.importKey('pkcs8', PemConverter.decodeFirst(pem), keyAlgorithm, false, [
    'sign',
  ]);
}

export async function publicKeyFromSpki(spki: Uint8Array): Promise<CryptoKey> {
  return await webcrypto.subtle.importKey('spki', Uint8Array.from(spki), keyAlgorithm, true, ['verify']);
}
