export {
  type Administrator,
  type Administrators,
  isAdministratorName,
  leftOf,
  longestPassword,
  mustBePassword,
  shortestPassword,
  type Until,
} from './administrators.ts';
export {
  type Audit,
  type AuditEntry,
  type AuditFields,
  type AuditFilter,
  type AuditTime,
  type ClockState,
  clockStates,
  type GrantFilter,
} from './audit.ts';
export type { AuditFault, AuditHead } from './auditChain.ts';
export { type AuditEvent, auditEvents, auditTable } from './auditEvents.ts';
export { agentBusyMs } from './database.ts';
export type { Grants } from './grants.ts';
export type { Failures, Lockouts } from './lockouts.ts';
export type { Revocations } from './revocations.ts';
export type { SettingName, Settings } from './settings.ts';
export type { SignIns, SignInTry, StoredSignIn } from './signIns.ts';
export { openState, type State } from './state.ts';
