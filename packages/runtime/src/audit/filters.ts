import type { Command } from 'commander';
import { fail } from '../errors/index.ts';

/** What `audit list` and `audit export` of both programs are asked for. */
export type AuditFlags = {
  readonly event?: string;
  readonly who?: string;
  readonly grant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly after?: string;
  readonly follow?: boolean;
  readonly ocsf?: boolean;
};

/** The same, read: times in milliseconds since 1970. */
export type AuditWish = {
  readonly event: string | undefined;
  readonly who: string | undefined;
  readonly grant: string | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
  readonly after: number | undefined;
  readonly limit: number;
};

export function addFilters(command: Command): Command {
  return command
    .option('--event <name>', 'Only this event, such as grant-enabled-1.')
    .option('--who <name>', 'Only what this representative or administrator did, or what was done to them.')
    .option('--grant <id>', 'Only what is about this grant.')
    .option('--from <time>', 'Only from this time on: 2027-01-01, or 2027-01-01T08:00:00Z (UTC).')
    .option('--to <time>', 'Only up to this time.');
}

/** @throws wrong-use */
export function readFilters(flags: AuditFlags, usual = 50, most = 10_000): AuditWish {
  return {
    event: flags.event,
    who: flags.who,
    grant: flags.grant,
    from: timeOf('--from', flags.from),
    to: timeOf('--to', flags.to),
    after: flags.after === undefined ? undefined : wholeOf('--after', flags.after, Number.MAX_SAFE_INTEGER),
    limit: flags.limit === undefined ? usual : wholeOf('--limit', flags.limit, most),
  };
}

function timeOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  // Without a zone it is UTC, as everything that the logs say.
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z?)?$/;
  const ms = form.test(text)
    ? Date.parse(text.includes('T') && !text.endsWith('Z') ? `${text}Z` : text)
    : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw wrong(`${flag} takes a time in UTC, such as 2027-01-01 or 2027-01-01T08:00:00Z`);
}

function wholeOf(flag: string, text: string, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (value <= most) return value;
  throw wrong(`${flag} takes a whole number up to ${most}`);
}

const wrong = (what: string): Error => fail('wrong-use', { details: { what: `${what}.` } });

/** A head as `audit verify` prints it, to be noted elsewhere. @throws wrong-use */
export function readHead(text: string | undefined): { seq: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text);
  if (!match) throw wrong('--head takes NUMBER:HASH, as audit verify prints it');
  return { seq: Number(match[1]), hash: match[2] ?? '' };
}
