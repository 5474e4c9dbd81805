export { formatAddress, isLoopback, parseWebAddress } from './address.ts';
export type { CertificateSource } from './certificate.ts';
export { type Listening, makeWebInterface, type WebInterface, type WebOptions } from './server.ts';
