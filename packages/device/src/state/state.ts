import type { Random } from '@sallyport/protocol/environment';
import type { SallyportError } from '@sallyport/protocol/errors';
import { type Administrators, administratorsOf } from './administrators.ts';
import { type Audit, auditOf } from './audit.ts';
import { type AuditNote, auditNoteOf } from './auditNote.ts';
import { type ConnectionTests, connectionTestsOf } from './connectionTests.ts';
import { openDatabase } from './database.ts';
import { type Grants, grantsOf } from './grants.ts';
import { type Lockouts, lockoutsOf } from './lockouts.ts';
import { type Receipts, receiptsOf } from './receipts.ts';
import { type Revocations, revocationsOf } from './revocations.ts';
import { type Settings, settingsOf } from './settings.ts';
import { type SignIns, signInsOf } from './signIns.ts';

/** All that the agent keeps in its data folder, besides its identity and configuration. */
export type State = {
  readonly grants: Grants;
  readonly receipts: Receipts;
  readonly revocations: Revocations;
  readonly administrators: Administrators;
  readonly signIns: SignIns;
  readonly lockouts: Lockouts;
  readonly settings: Settings;
  readonly audit: Audit;
  readonly auditNote: AuditNote;
  readonly connectionTests: ConnectionTests;
  transaction<T>(work: () => T): T;
  /** Why the last write failed, as when the disk is full; undefined if it did not. */
  trouble(): SallyportError | undefined;
  close(): void;
};

/** @param waitMs how long a write waits for one of another process. @throws state-later, state-damaged, state-unwritable */
export function openState(folder: string, random: Random, waitMs?: number): State {
  const database = openDatabase(folder, waitMs);
  return {
    grants: grantsOf(database),
    receipts: receiptsOf(database),
    revocations: revocationsOf(database),
    administrators: administratorsOf(database, random),
    signIns: signInsOf(database),
    lockouts: lockoutsOf(database),
    settings: settingsOf(database),
    audit: auditOf(database),
    auditNote: auditNoteOf(folder),
    connectionTests: connectionTestsOf(database),
    transaction: (work) => database.transaction(work),
    trouble: () => database.trouble(),
    close: () => database.close(),
  };
}
