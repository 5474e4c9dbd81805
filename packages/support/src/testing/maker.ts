import { randomBytes } from 'node:crypto';
import type { AuthorityPems } from '@sallyport/protocol/identity';
import { type Authority, parseAuthority, type Role } from '@sallyport/protocol/identity';
import {
  createAuthority,
  issueLeaf,
  makeRequest,
  type NewAuthority,
  readRequest,
  validityFrom,
} from '@sallyport/protocol/issue';
import type { TlsIdentity } from '@sallyport/protocol/tls';

/** A maker with an authority of its own, for tests. */
export type Maker = {
  readonly pems: AuthorityPems;
  readonly authority: Authority;
  /** A key and a chain of one role. */
  identify(role: Role, id: string, now: number): Promise<TlsIdentity & { leaf: string }>;
  /** A new certificate for a key that was certified before. */
  renew(id: string, publicKey: Uint8Array, now: number): Promise<string>;
};

export async function makeMaker(now: number): Promise<Maker> {
  const made: NewAuthority = await createAuthority({ name: 'Test', random: randomBytes, now });
  const { root, relay, device, representative } = made;
  const pems: AuthorityPems = {
    root: root.certificate,
    relay: relay.certificate,
    device: device.certificate,
    representative: representative.certificate,
  };
  const certify = (role: Role, id: string, publicKey: Uint8Array, at: number): Promise<string> =>
    issueLeaf({ issuer: made[role], role, id, publicKey, ...validityFrom(role, at) });
  return {
    pems,
    authority: parseAuthority(pems),
    identify: async (role, id, at) => {
      const { key, request } = await makeRequest();
      const leaf = await certify(role, id, (await readRequest(request)).publicKeySpki, at);
      return { key, leaf, certificate: `${leaf}\n${made[role].certificate}\n${root.certificate}\n` };
    },
    renew: (id, publicKey, at) => certify('representative', id, publicKey, at),
  };
}
