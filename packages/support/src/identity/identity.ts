import { X509Certificate } from 'node:crypto';
import {
  type Authority,
  hostSchema,
  keySha256OfPem,
  type PeerIdentity,
  parseAuthority,
  representativeIdSchema,
  verifyPeer,
} from '@sallyport/protocol/identity';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { z } from 'zod';

const pem = z.string().max(16_384).startsWith('-----BEGIN ');

/** The file `identity.json` of the data folder, 0600: who the representative is, and which relay knows them. */
export const identityFileSchema = z.object({
  v: z.literal(1),
  id: representativeIdSchema,
  relay: z.object({
    host: hostSchema,
    ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(16),
  }),
  /** PKCS #8, under a passphrase or not. Made on this computer; never leaves it. */
  key: pem,
  certificate: pem,
  /** The mark of the invitation that it was made by. */
  invitation: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  authority: z.object({ root: pem, relay: pem, device: pem, representative: pem }),
});
export type IdentityFile = z.output<typeof identityFileSchema>;

/** What an identity says without its private key. */
export type PublicIdentity = {
  readonly id: string;
  readonly relay: { readonly host: string; readonly ports: readonly number[] };
  readonly authority: Authority;
  /** SHA-256 of the public key. */
  readonly key: string;
  readonly certificateSha256: string;
  /** Validity, milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** Whether the private key is under a passphrase. */
  readonly sealed: boolean;
  readonly file: IdentityFile;
};

/** A representative's identity, ready for use. */
export type Identity = PublicIdentity & {
  /** What is shown in TLS: the key, opened, and the certificate. */
  readonly tls: TlsIdentity;
};

/**
 * Checks that the parts of an identity belong together, dates and private key aside.
 *
 * @throws peer-untrusted, or what Node throws for a certificate that is none
 */
export function publicIdentity(file: IdentityFile): PublicIdentity {
  const authority = parseAuthority(file.authority);
  const leaf = verifyOwn(file.certificate, authority);
  if (leaf.id !== file.id) throw new Error('the certificate is of somebody else');
  return {
    id: file.id,
    relay: file.relay,
    authority,
    key: leaf.keySha256,
    certificateSha256: leaf.certificateSha256,
    notBefore: leaf.notBefore,
    notAfter: leaf.notAfter,
    sealed: file.key.startsWith('-----BEGIN ENCRYPTED '),
    file,
  };
}

/**
 * Checks that all parts of an identity belong together, dates aside.
 *
 * @param key the private key, opened, where the file has it under a passphrase
 * @throws peer-untrusted, or what Node throws for a key that is none
 */
export function makeIdentity(file: IdentityFile, key = file.key): Identity {
  const identity = publicIdentity(file);
  if (identity.key !== keySha256OfPem(key)) throw new Error('certificate and key do not belong together');
  // The leaf alone: relay and device have the intermediate.
  return { ...identity, tls: { key, certificate: file.certificate } };
}

/** What a certificate of ours says, dates aside. @throws peer-untrusted */
export function verifyOwn(certificate: string, authority: Authority): PeerIdentity {
  return verifyPeer(new X509Certificate(certificate).raw, 'representative', null, authority);
}
