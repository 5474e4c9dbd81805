/** Somebody with a key and a certificate, honest or not, as the parts of this folder use them. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authority,
  certificateSha256,
  keySha256OfPem,
  makeKeyAndRequest,
  type Role,
} from '@sallyport/protocol/identity';
import { createAuthority, issueLeaf, type Keyed, readRequest, validityFrom } from '@sallyport/protocol/issue';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { systemRandom } from '@sallyport/runtime/random';
import { identityStore } from '../../../packages/device/src/identity/index.ts';
import { readAuthority } from '../../../packages/relay/src/authority/index.ts';
import { readIdentity } from '../../../packages/support/src/identity/index.ts';

export type Someone = {
  readonly id: string;
  readonly tls: TlsIdentity;
  readonly keySha256: string;
  readonly certificateSha256: string;
};

/** What lies in the data folder of a relay: with it, whoever took the disk makes whom they like. */
export type StolenKeys = {
  readonly authority: Authority;
  /** The relay's own identity. */
  readonly relay: TlsIdentity;
  /** A certificate for a key of the thief's. */
  issue(role: Role, id: string): Promise<Someone>;
};

export function stealKeys(relayData: string, host = 'localhost'): StolenKeys {
  const { parsed, pems, intermediates } = readAuthority(relayData);
  const read = (kind: 'key' | 'crt'): string =>
    readFileSync(join(relayData, 'nodes', `${host}.${kind}`), 'utf8');
  return {
    authority: parsed,
    relay: { key: read('key'), certificate: `${read('crt')}\n${pems.relay}\n${pems.root}` },
    issue: (role, id) => issueBy(intermediates[role], pems.root, role, id),
  };
}

/** An authority that nobody here trusts, under the same names. */
export async function foreignAuthority(): Promise<Pick<StolenKeys, 'issue'>> {
  const keyed = await createAuthority({ name: 'Maker', random: systemRandom, now: Date.now() });
  return { issue: (role, id) => issueBy(keyed[role], keyed.root.certificate, role, id) };
}

async function issueBy(issuer: Keyed, root: string, role: Role, id: string): Promise<Someone> {
  const { key, request } = await makeKeyAndRequest();
  const { publicKeySpki } = await readRequest(request);
  const validity = validityFrom(role, Date.now());
  const leaf = await issueLeaf({ issuer, role, id, publicKey: publicKeySpki, ...validity });
  return someone(id, { key, certificate: `${leaf}\n${issuer.certificate}\n${root}` });
}

function someone(id: string, tls: TlsIdentity): Someone {
  return {
    id,
    tls,
    keySha256: keySha256OfPem(tls.key),
    certificateSha256: certificateSha256(new X509Certificate(tls.certificate)),
  };
}

/** The representative of a data folder: whoever copied it, is them. */
export function representativeOf(data: string): Someone {
  const { id, tls } = readIdentity(data);
  return someone(id, tls);
}

export function deviceOf(data: string): Someone {
  const { id, tls } = identityStore(join(data, 'identity.json')).required();
  return someone(id, tls);
}
