export { audit } from './append.ts';
export { type AuditDetails, type AuditEvent, type AuditRecord, auditEvents, auditTable } from './events.ts';
export {
  type AuditFilter,
  allEntries,
  type ChainHead,
  newestEntries,
  newestSeq,
  verifyChain,
} from './read.ts';
export { syslogSource } from './toSyslog.ts';
