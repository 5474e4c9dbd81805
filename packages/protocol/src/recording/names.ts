import { z } from 'zod';
import type { GrantId } from '../grant/index.ts';

/**
 * Names one recording: the count of recordings on its device, which never goes back, and the grant that it belongs to.
 * `00000042-0123456789abcdef0123456789abcdef`
 */
export type RecordingId = string & { readonly brand: 'RecordingId' };

const pattern = /^(\d{8})-([0-9a-f]{32})$/;
export const recordingIdSchema = z
  .string()
  .regex(pattern)
  .transform((text) => text as RecordingId);

/** The largest count that has a name. */
export const mostRecordings = 99_999_999;

export function makeRecordingId(count: number, grant: GrantId): RecordingId {
  return `${String(count).padStart(8, '0')}-${grant}` as RecordingId;
}

/** What a name says; undefined for what is none. */
export function parseRecordingId(
  text: string,
): { readonly id: RecordingId; readonly count: number; readonly grant: GrantId } | undefined {
  const match = pattern.exec(text);
  return match
    ? { id: text as RecordingId, count: Number(match[1]), grant: (match[2] ?? '') as GrantId }
    : undefined;
}
