export { audit } from './append.ts';
export { type AuditDetails, type AuditEvent, type AuditRecord, auditEvents } from './events.ts';
export { allEntries, type ChainHead, newestEntries, verifyChain } from './read.ts';
