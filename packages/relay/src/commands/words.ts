import { parseDuration } from '@sallyport/protocol/grant';
import { representativeIdSchema } from '@sallyport/protocol/identity';
import { formatMoment } from '@sallyport/protocol/text';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { nodeGoneMs, tokenLongestMs, tokenUsualMs } from '../limits.ts';
import { listNodes } from '../serve/nodes.ts';
import { parsePort } from './init.ts';
import type { Work } from './open.ts';

/** `--for` of a token or invitation: until when it can be used. @throws argument-invalid */
export function endOfToken(text: string | undefined, now: number): number {
  const ms = text === undefined ? tokenUsualMs : parseDuration(text);
  if (ms === undefined || ms < 1_000 || ms > tokenLongestMs) {
    const reason = 'give a duration such as 30m, 4h or 168h, a year at most';
    throw fail('argument-invalid', { details: { what: '--for', reason } });
  }
  return now + ms;
}

/**
 * `--until` of a representative: a day, which ends at midnight UTC, a moment with its zone, or `never`.
 *
 * @returns milliseconds since 1970; null for no end; undefined where the option was not given
 * @throws argument-invalid
 */
export function endOfTime(text: string | undefined, now: number): number | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'never') return null;
  const day = z.iso.date().safeParse(text).success;
  // With seconds, and without them.
  const moment = [undefined, -1].some(
    (precision) => z.iso.datetime({ offset: true, ...(precision && { precision }) }).safeParse(text).success,
  );
  const end = day ? Date.parse(`${text}T24:00:00Z`) : moment ? Date.parse(text) : Number.NaN;
  if (end > now) return end;
  const reason = Number.isNaN(end)
    ? 'give a day such as 2027-03-31, a moment such as 2027-03-31T18:00Z, or never'
    : 'it is in the past';
  throw fail('argument-invalid', { details: { what: '--until', reason } });
}

/** The name of a representative as it stands in certificates: lower case. @throws argument-invalid */
export function representativeId(text: string): string {
  const id = text.trim().toLowerCase();
  if (representativeIdSchema.safeParse(id).success) return id;
  throw fail('argument-invalid', {
    details: {
      what: `The name "${text}"`,
      reason: 'use a mail address or a short name: letters, digits, . _ + -',
    },
  });
}

/**
 * The ports that tokens carry, in the order in which clients try them: `--ports`, else `ports` of config.yaml, else
 * those on which a node listens now, else those of `listen`. Each once.
 *
 * @throws port-numbers-missing, argument-invalid
 */
export async function reachablePorts(
  given: readonly string[] | undefined,
  { config, store, now }: Work,
): Promise<readonly number[]> {
  if (given) return givenPorts(given);
  if (config.ports) return unique(config.ports);
  const [node] = (await listNodes(store.db)).filter((row) => row.seenAt > now - nodeGoneMs);
  const listened = (config.listen ?? []).map((address) => Number(address.split(':').at(-1)));
  const ports = unique(node?.ports ?? listened).filter((port) => port > 0);
  if (ports.length === 0) throw fail('port-numbers-missing');
  return ports.slice(0, portsOfToken);
}

/** The most ports that a token carries. */
const portsOfToken = 16;

function givenPorts(given: readonly string[]): readonly number[] {
  const ports = unique(given.map(parsePort));
  if (ports.length <= portsOfToken) return ports;
  const details = { what: 'The list of ports', reason: `a token carries ${portsOfToken} of them at most` };
  throw fail('argument-invalid', { details });
}

const unique = (ports: readonly number[]): number[] => [...new Set(ports)];

/** A moment for people; a dash for none. */
export function moment(ms: number | null | undefined): string {
  return ms == null ? '-' : formatMoment(ms);
}

export function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
