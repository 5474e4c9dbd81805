import { keyWords } from '@sallyport/protocol/keyWords';
import type { Statement, Verified } from '@sallyport/protocol/receipt';
import type { Deed, Report } from '@sallyport/protocol/report';

/**
 * Puts what the receipts of one grant say into a report: what both sides signed, and what only one of them did.
 *
 * @param receipts of one grant, verified; one at least
 * @param now milliseconds since 1970
 */
export function reportOf(
  receipts: readonly Verified[],
  { relay, now }: { readonly relay: string | undefined; readonly now: number },
): Report {
  const inOrder = receipts.toSorted((one, other) => one.statement.from - other.statement.from);
  const statements = inOrder.map(({ statement }) => statement);
  const [first] = statements;
  if (!first) throw new RangeError('a report is of one receipt at least');
  const last = statements.at(-1) ?? first;
  return {
    v: 1,
    side: 'representative',
    madeAt: iso(now),
    clock: last.clock,
    device: { id: first.device.id, ...(relay === undefined ? {} : { relay }) },
    grant: {
      id: first.grant,
      ports: [...new Set(statements.map(({ port }) => port))],
      scopes: [...new Set(statements.flatMap(({ scopes }) => scopes))],
      ...(first.reference === undefined ? {} : { reference: first.reference }),
    },
    people: [...Map.groupBy(statements, ({ representative }) => representative.key).values()].flatMap(
      personOf,
    ),
    deeds: statements
      .flatMap(deedsOf)
      .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    notLetIn: [],
    acts: [],
    recordings: statements.flatMap(({ session, recordings }) =>
      recordings.items.map(({ id, bytes, head }) => ({
        id,
        session,
        head,
        ...(bytes === undefined ? {} : { bytes }),
      })),
    ),
    sessions: inOrder.map(sessionOf),
    left: statements.reduce((sum, one) => sum + leftOut(one), 0),
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function personOf(own: readonly Statement[]): Report['people'] {
  const [first] = own;
  if (!first) return [];
  const { id: name, key } = first.representative;
  const to = iso(Math.max(...own.map((one) => one.to)));
  return [{ name, key, keyWords: keyWords(key), from: iso(first.from), to, sessions: own.length }];
}

function deedsOf({ representative, session, from, channels, files, refusals }: Statement): Deed[] {
  const who = { representative: representative.id, session };
  const after = (ms: number): string => iso(from + ms);
  return [
    ...channels.items
      .filter(({ id, kind }) => kind !== 'files' || !files.items.some(({ channel }) => channel === id))
      .map(
        ({ kind, what, from: at, to, bytesIn, bytesOut, exitCode, signal }): Deed => ({
          ...who,
          at: after(at),
          to: after(to),
          kind,
          what,
          bytesIn,
          bytesOut,
          ...(exitCode !== undefined ? { exit: { code: exitCode } } : signal ? { exit: { signal } } : {}),
        }),
      ),
    ...files.items.map(
      ({ at, path, what: act, to: newName, bytesRead, bytesWritten, sha256, result }): Deed => ({
        ...who,
        at: after(at),
        kind: 'file',
        what: path,
        act,
        ...(newName === undefined ? {} : { newName }),
        ...(bytesWritten === undefined ? {} : { bytesIn: bytesWritten }),
        ...(bytesRead === undefined ? {} : { bytesOut: bytesRead }),
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(result === undefined ? {} : { result }),
      }),
    ),
    ...refusals.items.map(
      ({ at, what, scope }): Deed => ({
        ...who,
        at: after(at),
        kind: 'refused',
        what: scope === undefined ? what : `${scope}: ${what}`,
      }),
    ),
  ];
}

function sessionOf({ statement, hash, standing }: Verified): Report['sessions'][number] {
  const { session, representative, from, to, why, suspensions } = statement;
  return {
    id: session,
    representative: representative.id,
    from: iso(from),
    to: iso(to),
    why,
    lost: suspensions,
    receipt: { hash, signed: signers[standing] },
  };
}

const signers = {
  both: 'both',
  'device-alone': 'device',
  'representative-alone': 'representative',
  disputed: 'disputed',
} as const satisfies { readonly [standing in Verified['standing']]: string };

/** What the lists of a statement had no room for is counted in them. */
const leftOut = ({ channels, files, refusals }: Statement): number =>
  [channels, files, refusals].reduce((sum, { items, count }) => sum + count - items.length, 0);
