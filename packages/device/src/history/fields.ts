import { keyWords } from '@sallyport/protocol/keyWords';
import type { AuditFields } from '../state/index.ts';

/** What fields of entries are read by: an entry of another version may have another type there, and says nothing then. */
export const iso = (ms: number): string => new Date(ms).toISOString();
export const text = (value: AuditFields[string]): string | undefined =>
  typeof value === 'string' ? value : undefined;
export const count = (value: AuditFields[string]): number | undefined =>
  typeof value === 'number' ? value : undefined;
/** Only what is there: an absent field stays absent. */
export function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Keys in the log are ours; what is none has no words. */
export const wordsOf = (key: string): string => (/^[0-9a-f]{64}$/.test(key) ? keyWords(key) : '');
