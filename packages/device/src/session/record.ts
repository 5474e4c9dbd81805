import { printable } from '@sallyport/protocol/text';
import type { SessionRecord } from '../channels/index.ts';
import type { AuditEvent, AuditFields } from '../state/index.ts';
import type { Session } from './session.ts';

/** Of a path in the audit log, in characters. */
const longestPath = 500;

/** Writes what happens in a session into the audit log. */
export function recordOf(
  session: Pick<Session, 'id' | 'grant' | 'representative'>,
  sink: {
    readonly audit: (event: AuditEvent, fields: AuditFields) => void;
    readonly changed: () => void;
  },
): SessionRecord {
  const { id, grant, representative } = session;
  const who = { grant, session: id, representative };
  return {
    channelOpened({ id, kind, what, recording }) {
      sink.audit('channel-opened-1', { ...who, channel: id, kind, what, recording });
      sink.changed();
    },
    channelClosed(id, { bytesIn, bytesOut, exit, recording }) {
      const ended =
        exit === undefined ? {} : 'code' in exit ? { exitCode: exit.code } : { signal: exit.signal };
      const recorded = recording
        ? { recording: recording.id, recordingBytes: recording.bytes, recordingSha256: recording.sha256 }
        : {};
      sink.audit('channel-closed-1', { ...who, channel: id, bytesIn, bytesOut, ...ended, ...recorded });
      sink.changed();
    },
    refused(scope, what) {
      sink.audit('channel-refused-1', { ...who, scope, what });
    },
    file(id, event) {
      const paths = {
        path: printable(event.path, longestPath),
        ...('to' in event ? { to: printable(event.to, longestPath) } : {}),
      };
      const where = { ...who, channel: id, ...paths };
      switch (event.event) {
        case 'opened':
          return; // Told when it is closed, with what was done.
        case 'closed': {
          const { direction, created, bytesRead, bytesWritten, size, sha256, result } = event;
          const passed = { bytesRead, bytesWritten, size, sha256 };
          sink.audit('file-closed-1', { ...where, direction, created, ...passed, result });
          return;
        }
        case 'cut': {
          const { direction, created } = event;
          sink.audit('file-closed-1', { ...where, direction, created, result: 'cut' });
          return;
        }
        case 'changed':
          sink.audit('file-changed-1', { ...where, what: event.what, result: event.result });
          return;
        case 'refused':
          sink.audit('file-refused-1', { ...where, what: event.what });
      }
    },
  };
}
