import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { Clock } from '../environment/index.ts';
import {
  certificateSha256,
  type PeerIdentity,
  parseIntermediate,
  parseRoot,
  untrusted,
  verifyLeaf,
} from '../identity/index.ts';
import { openClient } from './connect.ts';
import { whenSecure } from './handshake.ts';
import { setPeer } from './peers.ts';
import { endpointOptions } from './settings.ts';

/**
 * The first contact with a relay, by a client that knows only the hash of the root, from its token or invitation. The
 * relay sends its chain with the root; the hash, the chain and the leaf are checked before the socket is handed out,
 * so before the secret is sent (design, section 5). Otherwise like `connectTls`.
 *
 * @throws peer-untrusted, connection-lost, timed-out, or the signal's reason
 */
export function connectUnpinned(
  stream: Duplex,
  options: {
    /** SHA-256 of the root certificate, hex. */
    readonly rootSha256: string;
    readonly id?: string | ((id: string) => boolean) | undefined;
    readonly servername?: string | undefined;
    readonly now: () => number | null;
    readonly clock: Clock;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<{ socket: TLSSocket; peer: PeerIdentity; root: X509Certificate; relay: X509Certificate }> {
  const socket = openClient(stream, options.servername, endpointOptions(undefined, undefined));
  return whenSecure(stream, socket, options, () => {
    const [leaf, intermediate, shownRoot, more] = shownChain(socket);
    if (!leaf) throw untrusted('none', 'it showed no certificate');
    if (!intermediate || !shownRoot || more) {
      throw untrusted('issuer', 'it did not show a chain of leaf, intermediate and root');
    }
    if (certificateSha256(shownRoot) !== options.rootSha256) {
      throw untrusted('issuer', 'its root is not the one that the token or invitation names');
    }
    const root = parseRoot(shownRoot);
    const relay = parseIntermediate(intermediate, 'relay', root);
    const peer = verifyLeaf(leaf, 'relay', options.now(), relay);
    const { id } = options;
    if (id !== undefined && !(typeof id === 'string' ? id === peer.id : id(peer.id))) {
      throw untrusted('other-id', `it is the relay ${peer.id}, another one than expected`);
    }
    setPeer(socket, peer);
    return { socket, peer, root, relay };
  });
}

/** The certificates that the server sent, DER, leaf first, five at most. A root is shown as its own issuer. */
function shownChain(socket: TLSSocket): Uint8Array[] {
  const chain: Uint8Array[] = [];
  let certificate: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  while (certificate?.raw && chain.length < 5) {
    chain.push(certificate.raw);
    const issuer: DetailedPeerCertificate | undefined = certificate.issuerCertificate;
    if (issuer === certificate || issuer?.raw.equals(certificate.raw)) break;
    certificate = issuer;
  }
  return chain;
}
