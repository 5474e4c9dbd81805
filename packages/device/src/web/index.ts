export { formatAddress, isLoopback, parseWebAddress } from './address.ts';
export type { CertificateSource } from './certificate.ts';
export { type Listening, makeWebInterface, told, type WebInterface, type WebOptions } from './server.ts';
export { WebTrials, type WebTrialView, type WebWish, webTrialSchema, webWishSchema } from './trials.ts';
