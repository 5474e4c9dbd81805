import { createHash, X509Certificate } from 'node:crypto';
import type { Role } from '@sallyport/protocol/identity';
import type { Keyed } from '@sallyport/protocol/issue';

export type Issued = { readonly certificate: string; readonly endsAt: number };

/** The relay's hand that signs: the intermediates with their keys. The module that writes certificates loads at first use. */
export type Issuer = {
  /** Checks a request's signature. @throws request-invalid */
  readRequest(pem: string): Promise<{ readonly spki: Uint8Array; readonly sha256: string }>;
  /** A certificate for `id` in `role`, valid from `now` for as long as its role's are, and not beyond `until`. */
  issue(role: Role, id: string, spki: Uint8Array, now: number, until?: number | null): Promise<Issued>;
};

export function makeIssuer(intermediates: { readonly [role in Role]: Keyed }): Issuer {
  return {
    async readRequest(pem) {
      const { readRequest } = await import('@sallyport/protocol/issue');
      const { publicKeySpki } = await readRequest(pem);
      return { spki: publicKeySpki, sha256: createHash('sha256').update(publicKeySpki).digest('hex') };
    },
    async issue(role, id, spki, now, until) {
      const { issueLeaf, validityFrom } = await import('@sallyport/protocol/issue');
      const { notBefore, notAfter } = validityFrom(role, now);
      const certificate = await issueLeaf({
        issuer: intermediates[role],
        role,
        id,
        publicKey: spki,
        notBefore,
        notAfter: Math.min(notAfter, until ?? notAfter),
      });
      return { certificate, endsAt: new X509Certificate(certificate).validToDate.getTime() };
    },
  };
}
