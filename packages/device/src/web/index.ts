export { formatAddress, isLoopback, parseWebAddress } from './address.ts';
export type { CertificateSource } from './certificate.ts';
export { type Listening, makeWebInterface, told, type WebInterface, type WebOptions } from './server.ts';
export { WebTrials } from './trials.ts';
export { type WebTrialView, type WebWish, webTrialSchema, webWishSchema } from './wish.ts';
