import { printable } from '@sallyport/protocol/text';
import type { SessionRecord } from '../channels/index.ts';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import type { Session } from './session.ts';

/** Of a path in the audit log, in characters. */
const longestPath = 500;

/** Writes what happens in a session into the audit log. */
export function recordOf(
  session: Pick<Session, 'id' | 'representative'>,
  sink: {
    readonly audit: (event: AuditEvent, fields: AuditFields) => void;
    readonly changed: () => void;
  },
): SessionRecord {
  const who = { session: session.id, representative: session.representative };
  return {
    channelOpened({ id, kind, what }) {
      sink.audit('channel-opened-1', { ...who, channel: id, kind, what });
      sink.changed();
    },
    channelClosed(id, { bytesIn, bytesOut, exit }) {
      const ended =
        exit === undefined ? {} : 'code' in exit ? { exitCode: exit.code } : { signal: exit.signal };
      sink.audit('channel-closed-1', { ...who, channel: id, bytesIn, bytesOut, ...ended });
      sink.changed();
    },
    refused(scope, what) {
      sink.audit('channel-refused-1', { ...who, scope, what });
    },
    file(id, event) {
      if (event.event !== 'refused') return;
      const to = event.to === undefined ? {} : { to: printable(event.to, longestPath) };
      const path = printable(event.path, longestPath);
      sink.audit('file-refused-1', { ...who, channel: id, what: event.what, path, ...to });
    },
  };
}
