import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeKeyAndRequest, verifyPeer } from '@sallyport/protocol/identity';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import type { StoredAuthority, WriteFile } from './files.ts';
import type { Issuer } from './issuer.ts';

export type NodeIdentity = TlsIdentity & { readonly endsAt: number };

/** A node's certificate is made anew when less than this is left of its 90 days. */
export const nodeRenewMs = 30 * 24 * 3_600_000;

type Context = {
  readonly folder: string;
  readonly host: string;
  readonly authority: StoredAuthority;
  readonly issuer: Issuer;
  readonly write: WriteFile;
};

/** The node's own key and certificate: those that are there if they are good for a while, else new ones. */
export async function nodeIdentity(context: Context, now: number): Promise<NodeIdentity> {
  const { folder, host, authority, issuer, write } = context;
  const kept = readKept(context, now);
  if (kept) return kept;
  const { key, request } = await makeKeyAndRequest();
  const { spki } = await issuer.readRequest(request);
  const { certificate, endsAt } = await issuer.issue('relay', host, spki, now);
  write(nodePath(folder, host, 'key'), key);
  write(nodePath(folder, host, 'crt'), certificate);
  return { key, certificate: chain(certificate, authority), endsAt };
}

function readKept({ folder, host, authority }: Context, now: number): NodeIdentity | undefined {
  try {
    const key = readFileSync(nodePath(folder, host, 'key'), 'utf8');
    const certificate = readFileSync(nodePath(folder, host, 'crt'), 'utf8');
    const parsed = new X509Certificate(certificate);
    const peer = verifyPeer(parsed.raw, 'relay', now, authority.parsed);
    const ownKey = createPublicKey(createPrivateKey(key)).equals(parsed.publicKey);
    if (!ownKey || peer.id !== host || peer.notAfter - now < nodeRenewMs) return undefined;
    return { key, certificate: chain(certificate, authority), endsAt: peer.notAfter };
  } catch {
    // Missing, half written or of another authority: it costs nothing to make a new one.
    return undefined;
  }
}

/** Leaf, intermediate and root: who holds a token knows only the root's hash, so the root is sent too. */
function chain(certificate: string, { pems }: StoredAuthority): string {
  return [certificate, pems.relay, pems.root].map((pem) => `${pem.trimEnd()}\n`).join('');
}

function nodePath(folder: string, host: string, kind: 'key' | 'crt'): string {
  return join(folder, 'nodes', `${host}.${kind}`);
}
