export {
  type AcceptedTls,
  createTlsAcceptor,
  type TlsAcceptor,
  type TlsAcceptorOptions,
} from './accept.ts';
export { createBrowserAcceptor } from './browser.ts';
export { type CollectorOptions, connectCollector } from './collector.ts';
export { type ConnectTlsOptions, connectTls } from './connect.ts';
export { pairingSessionId } from './exporter.ts';
export { tlsFailure } from './failure.ts';
export { connectUnpinned } from './first.ts';
export { peerOf } from './peers.ts';
export { handshakeMs, type TlsIdentity } from './settings.ts';
