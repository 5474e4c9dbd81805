import { X509Certificate } from 'node:crypto';
import { type Authority, makeKeyAndRequest, parseAuthority, type Role } from '../identity/index.ts';
import { createAuthority, issueLeaf, type NewAuthority, readRequest, validityFrom } from '../issue/index.ts';
import { seededRandom } from '../testing/seededRandom.ts';

/** A whole authority for tests, with its keys. */
export type TestAuthority = {
  readonly now: number;
  readonly keyed: NewAuthority;
  readonly authority: Authority;
  /** A good identity, as a TLS endpoint takes it. `leaf` is its certificate alone, DER. */
  issue(role: Role, id: string): Promise<{ key: string; certificate: string; leaf: Uint8Array }>;
};

export async function testAuthority(now: number, name = 'Maker Example'): Promise<TestAuthority> {
  const keyed = await createAuthority({ name, random: seededRandom(1), now });
  const { root, relay, device, representative } = keyed;
  const authority = parseAuthority({
    root: root.certificate,
    relay: relay.certificate,
    device: device.certificate,
    representative: representative.certificate,
  });
  return {
    now,
    keyed,
    authority,
    async issue(role, id) {
      const { key, request } = await makeKeyAndRequest();
      const { publicKeySpki } = await readRequest(request);
      const issuer = keyed[role];
      const leaf = await issueLeaf({
        issuer,
        role,
        id,
        publicKey: publicKeySpki,
        ...validityFrom(role, now),
      });
      return {
        key,
        certificate: leaf + issuer.certificate + root.certificate,
        leaf: new X509Certificate(leaf).raw,
      };
    },
  };
}
