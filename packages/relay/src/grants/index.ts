export { type CloseReason, closeExpired, closeGrant, closeGrantsOf } from './close.ts';
export { GrantEnds } from './ends.ts';
export { findByPort, findOpenGrant, listOpenGrants } from './find.ts';
export { noteHeads } from './noteHeads.ts';
export { changeGrant, type GrantTerms, isKnownGrant, type OpenedGrant, openGrant } from './open.ts';
