import type { TLSSocket } from 'node:tls';

/**
 * The session id of a pairing: 32 bytes that both ends of this one TLS connection, and nobody else, can compute
 * (exporter of RFC 8446, section 7.5, label `EXPORTER-sallyport-pairing`, empty context; design, section 4, step 6).
 * Somebody in between with two connections has two different ones.
 */
export function pairingSessionId(socket: TLSSocket): Buffer {
  return socket.exportKeyingMaterial(32, 'EXPORTER-sallyport-pairing', Buffer.alloc(0));
}
