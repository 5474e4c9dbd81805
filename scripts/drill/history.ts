import type { Status } from '../hostile/agent.ts';

export type Entry = {
  readonly event: string;
  readonly fields: Record<string, unknown>;
  /** Wall clock, milliseconds since 1970. */
  readonly at: number;
};

/** Fields that say why or what, beside who. */
const telling = ['code', 'reason', 'scope'] as const;

/** Entries of a device's history, the oldest first, and who is in at the end of it. */
export function tell(entries: readonly Entry[], { sessions, otp }: Status): string {
  const groups = new Map<string, string[]>();
  for (const { event, fields } of entries) {
    const why = telling.map((field) => fields[field]).filter((value) => typeof value === 'string');
    const what = [nameOf(event), ...why].join(' ');
    groups.set(what, [...(groups.get(what) ?? []), String(fields['representative'] ?? '')]);
  }
  const events = [...groups].map(([what, names]) => {
    const who = [...new Set(names)].filter(Boolean);
    const whose =
      who.length > 2
        ? ` (${who[0]} and ${who.length - 1} more)`
        : who.length > 0
          ? ` (${who.join(', ')})`
          : '';
    return `${names.length > 1 ? `${names.length} × ` : ''}${what}${whose}`;
  });
  const inside = [...new Set(sessions.map(({ representative }) => representative))];
  const now = [`in now: ${inside.join(', ') || 'nobody'}`, ...(otp === undefined ? [] : [`password ${otp}`])];
  return `${events.join(', ') || 'nothing in the history'}; ${now.join('; ')}`;
}

/** `entry-refused-1` is `entry refused`. */
export const nameOf = (event: string): string => event.replace(/-\d+$/, '').replaceAll('-', ' ');
