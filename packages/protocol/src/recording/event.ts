import { z } from 'zod';

/** The longest line of an event, in bytes. */
export const eventCap = 1024 * 1024;

const interval = z.number().min(0).max(1e9);
const eventSchema = z.union([
  z.tuple([interval, z.enum(['o', 'm', 'r', 'x']), z.string()]),
  // A later version may have others, and so may other programs.
  z.tuple([interval, z.string().max(8), z.unknown()]).transform((event) => [event[0], 'other', ''] as const),
]);

/** One event of a recording: seconds since the one before; what it is; its text. */
export type CastEvent = z.output<typeof eventSchema>;

/** Reads the line of an event; undefined for a comment, and for what is none. @param line without its line break */
export function parseEvent(line: string): CastEvent | undefined {
  if (line === '' || line.startsWith('#') || line.length > eventCap) return undefined;
  try {
    const event = eventSchema.safeParse(JSON.parse(line));
    return event.success ? event.data : undefined;
  } catch {
    return undefined;
  }
}

/** How a recording ended, by its last line but one. */
const endSchema = z.object({
  why: z.enum(['exit', 'closed', 'disk']),
  exit: z.union([z.object({ code: z.number().int() }), z.object({ signal: z.string().max(32) })]).optional(),
  /** Bytes that the program printed, and how many of them are recorded. */
  printed: z.number().int().nonnegative(),
  recorded: z.number().int().nonnegative(),
});
export type RecordedEnd = z.output<typeof endSchema>;

/** How the line begins. */
export const endMark = '# sallyport-end ';

/** Reads that line; undefined for what is none. */
export function parseEnd(line: string): RecordedEnd | undefined {
  if (!line.startsWith(endMark) || line.length > 1_024) return undefined;
  try {
    const end = endSchema.safeParse(JSON.parse(line.slice(endMark.length)));
    return end.success ? end.data : undefined;
  } catch {
    return undefined;
  }
}
