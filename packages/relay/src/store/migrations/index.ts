import type { Migration } from 'kysely';
import { auditFound } from './auditFound.ts';
import { first } from './first.ts';
import { representativeKeys } from './representativeKeys.ts';

/** All migrations in the order of their names. One that was released is never changed again. */
export const migrations: { readonly [name: string]: Migration } = {
  '0001-first': first,
  '0002-representative-keys': representativeKeys,
  '0003-audit-found': auditFound,
};
