import type { AuditEntry, AuditFields } from '../state/index.ts';
import { count, iso, present, text, wordsOf } from './fields.ts';
import { type HistorySession, listCap } from './schema.ts';

/** A session from its first entry. */
export function begin(id: string, { at, fields }: AuditEntry): HistorySession {
  const key = text(fields['keySha256']);
  return {
    id,
    representative: text(fields['representative']) ?? '',
    ...(key === undefined ? {} : { key, keyWords: wordsOf(key) }),
    from: iso(at),
    suspended: [],
    channels: [],
    files: [],
    refusals: [],
    more: 0,
  };
}

/** Adds to a list of a session while there is room. */
function put<T>(session: HistorySession, list: T[], one: T): void {
  if (list.length < listCap) list.push(one);
  else session.more += 1;
}

/** Adds what an entry tells of a session. */
export function addTo(session: HistorySession, { seq, at, event, fields }: AuditEntry): void {
  const when = iso(at);
  switch (event) {
    case 'session-suspended-1':
      if (session.suspended.length < listCap) session.suspended.push({ from: when });
      return;
    case 'session-resumed-1': {
      const lost = session.suspended.at(-1);
      if (lost && lost.to === undefined) lost.to = when;
      return;
    }
    case 'session-ended-1':
      Object.assign(
        session,
        { to: when },
        present({ why: text(fields['code']), endedBy: text(fields['by']) }),
      );
      return;
    case 'channel-opened-1':
      put(session, session.channels, {
        id: count(fields['channel']) ?? 0,
        kind: text(fields['kind']) ?? '',
        what: text(fields['what']) ?? '',
        from: when,
        ...present({ recording: text(fields['recording']) }),
      });
      return;
    case 'channel-closed-1':
      closeChannel(session, when, fields);
      return;
    case 'file-closed-1':
    case 'file-changed-1':
      put(session, session.files, { seq, at: when, ...fileOf(fields) });
      return;
    case 'channel-refused-1':
    case 'file-refused-1':
      put(session, session.refusals, {
        seq,
        at: when,
        what: text(fields['what']) ?? '',
        ...present({ scope: text(fields['scope']), path: text(fields['path']) }),
      });
      return;
    case 'receipt-signed-1':
      session.receipt = {
        hash: text(fields['hash']) ?? '',
        signed: signedBy(fields['signed']),
      };
  }
}

const signedBy = (signed: AuditFields[string]): 'both' | 'device' | 'disputed' =>
  signed === 'both' || signed === 'disputed' ? signed : 'device';

function closeChannel(session: HistorySession, to: string, fields: AuditFields): void {
  const channel = session.channels.findLast(({ id }) => id === fields['channel']);
  if (!channel) return;
  const code = count(fields['exitCode']);
  const signal = text(fields['signal']);
  const exit = code !== undefined ? { code } : signal !== undefined ? { signal } : undefined;
  Object.assign(
    channel,
    { to },
    present({
      bytesIn: count(fields['bytesIn']),
      bytesOut: count(fields['bytesOut']),
      exit,
      recording: text(fields['recording']),
    }),
  );
}

function fileOf(fields: AuditFields): Omit<HistorySession['files'][number], 'seq' | 'at'> {
  const direction = text(fields['direction']);
  const { created } = fields;
  return {
    channel: count(fields['channel']) ?? 0,
    path: text(fields['path']) ?? '',
    what: text(fields['what']) ?? direction ?? '',
    ...present({
      to: text(fields['to']),
      direction,
      created: typeof created === 'boolean' ? created : undefined,
      bytesRead: count(fields['bytesRead']),
      bytesWritten: count(fields['bytesWritten']),
      sha256: text(fields['sha256']),
      result: text(fields['result']),
    }),
  };
}
