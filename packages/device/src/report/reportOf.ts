import type { Deed, Report } from '@sallyport/protocol/report';
import type { HistoryGrant, HistorySession } from '../history/index.ts';
import type { RecordingView } from '../recordings/view.ts';

export type ReportedDevice = Report['device'];

/**
 * Puts what the history and the recordings know of a grant into a report. Reads nothing.
 *
 * @param now milliseconds since 1970
 */
export function reportOf(
  history: HistoryGrant,
  recordings: readonly RecordingView[],
  { device, now }: { readonly device: ReportedDevice; readonly now: number },
): Report {
  const { grant, ports, reference, scopes, approval, enabledBy, from, to, why, endedBy, clock } = history;
  const { sessions } = history;
  return {
    v: 1,
    side: 'device',
    madeAt: new Date(now).toISOString(),
    ...(clock === undefined ? {} : { clock }),
    device,
    grant: {
      id: grant,
      ports,
      scopes,
      approval,
      from,
      ...(reference === undefined ? {} : { reference }),
      ...(enabledBy === undefined ? {} : { enabledBy }),
      ...(to === undefined ? {} : { to }),
      ...(why === undefined ? {} : { why }),
      ...(endedBy === undefined ? {} : { endedBy }),
    },
    people: history.representatives.map((one) => personOf(one, sessions)),
    deeds: sessions
      .flatMap(deedsOf)
      .sort((one, other) => (one.at < other.at ? -1 : one.at > other.at ? 1 : 0)),
    notLetIn: history.refusals.filter(isWhole).map(({ at, event, representative, key, code }) => ({
      at,
      representative,
      why: code ?? event,
      ...(key === undefined ? {} : { key }),
    })),
    acts: history.acts.map(actOf),
    recordings: recordings.map(recordingOf),
    sessions: sessions.map((one) => ({
      id: one.id,
      representative: one.representative,
      from: one.from,
      lost: one.suspended.length,
      ...(one.to === undefined ? {} : { to: one.to }),
      ...(one.why === undefined ? {} : { why: one.why }),
      ...(one.receipt === undefined ? {} : { receipt: one.receipt }),
    })),
    left: sessions.reduce((sum, { more }) => sum + more, 0),
  };
}

/** A pairing that failed is told twice: by what failed, and by the refusal that has the reason. */
function isWhole(
  { event, key }: HistoryGrant['refusals'][number],
  _: number,
  all: readonly HistoryGrant['refusals'][number][],
): boolean {
  return (
    event !== 'pairing-failed-1' || !all.some((other) => other.key === key && other.code === 'otp-wrong')
  );
}

function personOf(
  { name, key, keyWords }: HistoryGrant['representatives'][number],
  sessions: readonly HistorySession[],
): Report['people'][number] {
  const own = sessions.filter((one) => one.key === key);
  const [first] = own;
  const open = own.some(({ to }) => to === undefined);
  const to = open ? undefined : own.map((one) => one.to ?? '').reduce((a, b) => (a > b ? a : b), '');
  return {
    name,
    key,
    keyWords,
    sessions: own.length,
    ...(first === undefined ? {} : { from: first.from }),
    ...(to ? { to } : {}),
  };
}

function deedsOf({ id: session, representative, channels, files, refusals }: HistorySession): Deed[] {
  const who = { representative, session };
  return [
    // What is done with a channel of files stands file by file.
    ...channels
      .filter(({ id, kind }) => kind !== 'files' || !files.some(({ channel }) => channel === id))
      .map(
        ({ kind, what, from: at, to, bytesIn, bytesOut, exit, recording }): Deed => ({
          ...who,
          ...present({ at, to, bytesIn, bytesOut, exit, recording }),
          at,
          kind,
          what,
        }),
      ),
    ...files.map(
      ({ at, path, what: act, to: newName, bytesRead, bytesWritten, sha256, result }): Deed => ({
        ...who,
        ...present({ newName, bytesIn: bytesWritten, bytesOut: bytesRead, sha256, result }),
        at,
        kind: 'file',
        what: path,
        act,
      }),
    ),
    ...refusals.map(
      ({ at, what, scope, path }): Deed => ({
        ...who,
        at,
        kind: 'refused',
        what: [path ?? scope, what].filter((part) => part !== undefined && part !== '').join(': '),
      }),
    ),
  ];
}

function actOf({ at, event, by, fields }: HistoryGrant['acts'][number]): Report['acts'][number] {
  const whom = fields['representative'] ?? (event === 'administrator-added-1' ? fields['name'] : undefined);
  return { at, event, ...present({ by, whom: typeof whom === 'string' ? whom : undefined }) };
}

function recordingOf({ id, session, what, from, bytes, sha256: head, state }: RecordingView) {
  return { id, ...present({ session, what, from, bytes, head, state }) };
}

/** Only what is there: an absent field stays absent. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const there = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(there) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
