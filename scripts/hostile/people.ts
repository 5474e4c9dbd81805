/** Somebody with a key and a certificate, honest or not, as the parts of this folder use them. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Authority,
  type AuthorityPems,
  certificateSha256,
  keySha256OfPem,
  makeKeyAndRequest,
  parseAuthority,
  type Role,
} from '@sallyport/protocol/identity';
import { createAuthority, issueLeaf, type Keyed, readRequest, validityFrom } from '@sallyport/protocol/issue';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { systemRandom } from '@sallyport/runtime/random';
import { identityStore } from '../../packages/device/src/identity/index.ts';
import { readAuthority } from '../../packages/relay/src/authority/index.ts';
import { readIdentity } from '../../packages/support/src/identity/index.ts';

export type Someone = {
  readonly id: string;
  readonly tls: TlsIdentity;
  /** PEM, the leaf alone. */
  readonly certificate: string;
  readonly keySha256: string;
  readonly certificateSha256: string;
};

/** What lies in the data folder of a relay: with it, whoever took the disk makes whom they like. */
export type StolenKeys = {
  readonly authority: Authority;
  readonly pems: AuthorityPems;
  /** The relay's own identity. */
  readonly relay: TlsIdentity;
  /** A certificate for a key of the thief's, valid for as long as its role's are, from `startMs` (now). */
  issue(role: Role, id: string, startMs?: number): Promise<Someone>;
  /** The same for somebody's own key. @returns the leaf, PEM */
  certify(role: Role, owner: Someone, startMs: number): Promise<string>;
};

export function stealKeys(relayData: string, host = 'localhost'): StolenKeys {
  const { parsed, pems, intermediates } = readAuthority(relayData);
  const read = (kind: 'key' | 'crt'): string =>
    readFileSync(join(relayData, 'nodes', `${host}.${kind}`), 'utf8');
  return {
    authority: parsed,
    pems,
    relay: { key: read('key'), certificate: `${read('crt')}\n${pems.relay}\n${pems.root}` },
    issue: (role, id, startMs) => issueBy(intermediates[role], pems.root, role, id, startMs),
    certify: (role, owner, startMs) => certifyBy(intermediates[role], role, owner, startMs),
  };
}

/** An authority of its own, with a relay called `localhost`; both 80 days old, so that clocks may be wrong by as much. */
export async function newAuthority(): Promise<StolenKeys> {
  const madeAt = Date.now() - 80 * 24 * 3_600_000;
  const keyed = await createAuthority({ name: 'localhost', random: systemRandom, now: madeAt });
  const pems: AuthorityPems = {
    root: keyed.root.certificate,
    relay: keyed.relay.certificate,
    device: keyed.device.certificate,
    representative: keyed.representative.certificate,
  };
  const issue: StolenKeys['issue'] = (role, id, startMs) =>
    issueBy(keyed[role], pems.root, role, id, startMs);
  const { tls: relay } = await issue('relay', 'localhost', madeAt);
  const certify: StolenKeys['certify'] = (role, owner, startMs) =>
    certifyBy(keyed[role], role, owner, startMs);
  return { authority: parseAuthority(pems), pems, relay, issue, certify };
}

async function issueBy(
  issuer: Keyed,
  root: string,
  role: Role,
  id: string,
  startMs: number = Date.now(),
): Promise<Someone> {
  const { key, request } = await makeKeyAndRequest();
  const { publicKeySpki } = await readRequest(request);
  const validity = validityFrom(role, startMs);
  const leaf = await issueLeaf({ issuer, role, id, publicKey: publicKeySpki, ...validity });
  return someone(id, { key, certificate: `${leaf}\n${issuer.certificate}\n${root}` });
}

function certifyBy(issuer: Keyed, role: Role, owner: Someone, startMs: number): Promise<string> {
  const publicKey = new X509Certificate(owner.certificate).publicKey.export({ type: 'spki', format: 'der' });
  return issueLeaf({ issuer, role, id: owner.id, publicKey, ...validityFrom(role, startMs) });
}

/** @param tls whose first certificate is their own */
export function someone(id: string, tls: TlsIdentity): Someone {
  const leaf = new X509Certificate(tls.certificate);
  return {
    id,
    tls,
    certificate: leaf.toString(),
    keySha256: keySha256OfPem(tls.key),
    certificateSha256: certificateSha256(leaf),
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
