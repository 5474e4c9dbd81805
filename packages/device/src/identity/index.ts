export { enroll, readToken } from './enroll.ts';
export { type DeviceIdentity, type IdentityStore, identityStore } from './store.ts';
