import type { TLSSocket } from 'node:tls';
import type { PeerIdentity } from '../identity/index.ts';

const peers = new WeakMap<object, PeerIdentity>();

/** Who is at the other end, as `verifyPeer` found at the handshake; undefined if no certificate was shown. */
export function peerOf(socket: object): PeerIdentity | undefined {
  return peers.get(socket);
}

/** Only this folder calls it, straight after `verifyPeer`. */
export function setPeer(socket: TLSSocket, peer: PeerIdentity): void {
  peers.set(socket, peer);
}
