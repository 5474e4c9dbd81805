/**
 * A recording as it is replayed: asciicast v3, one line of JSON each (docs/recordings.md). It is read as far as it makes
 * sense: a torn last line, a comment, an event of a kind that nobody replays are left out.
 */

/** Seconds after the event before; what it is; its text. */
export type CastEvent = readonly [seconds: number, code: 'o' | 'r' | 'm' | 'x', data: string];

export type Cast = { readonly columns: number; readonly rows: number; readonly events: readonly CastEvent[] };

/** The largest terminal that is drawn; a program may claim any. */
const most = { columns: 500, rows: 200 } as const;
/** No pause between two events is longer, in seconds: a day, which is the longest grant. */
const longest = 86_400;

const codes: ReadonlySet<unknown> = new Set(['o', 'r', 'm', 'x']);

/** @returns undefined if it is no recording */
export function parseCast(text: string): Cast | undefined {
  const [first = '', ...lines] = text.split('\n');
  const head = read(first) as { version?: unknown; term?: { cols?: unknown; rows?: unknown } } | undefined;
  if (head?.version !== 3) return undefined;
  const events: CastEvent[] = [];
  for (const line of lines) {
    const event = line.startsWith('[') ? eventOf(read(line)) : undefined;
    if (event) events.push(event);
  }
  return { ...sizeOf(head.term?.cols, head.term?.rows), events };
}

function eventOf(value: unknown): CastEvent | undefined {
  if (!Array.isArray(value)) return undefined;
  const [seconds, code, data] = value as unknown[];
  if (typeof seconds !== 'number' || !codes.has(code) || typeof data !== 'string') return undefined;
  const after = Math.min(longest, Math.max(0, seconds));
  if (code !== 'r') return [after, code as CastEvent[1], data];
  const [columns, rows] = data.split('x').map(Number);
  const size = sizeOf(columns, rows);
  return [after, 'r', `${size.columns}x${size.rows}`];
}

const sizeOf = (columns: unknown, rows: unknown): { columns: number; rows: number } => ({
  columns: within(columns, most.columns) ?? 80,
  rows: within(rows, most.rows) ?? 24,
});

const within = (value: unknown, cap: number): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? Math.min(value, cap) : undefined;

function read(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
