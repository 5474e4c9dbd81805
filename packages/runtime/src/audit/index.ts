export { type AuditFlags, type AuditWish, addFilters, readFilters, readHead } from './filters.ts';
export { type MappedEntry, ocsfMapping, toOcsf } from './ocsf.ts';
export { writeLines } from './print.ts';
