import type { AuditEvent, AuditFields } from '../state/index.ts';

/**
 * What the device's own syslog is told of a session and its channels: the same as the audit log, as a sentence; undefined
 * for what is no business of its.
 *
 * @param user as whom terminals, commands and files run
 */
export function systemLine(event: AuditEvent, fields: AuditFields, user: string): string | undefined {
  const { representative, session, grant, keySha256, code, channel, kind, what, scope } = fields;
  const who = String(representative);
  switch (event) {
    case 'session-opened-1':
      return `${who} came in with key ${String(keySha256).slice(0, 16)}: session ${session}, grant ${grant}`;
    case 'session-suspended-1':
      return `${who} lost the connection: session ${session}`;
    case 'session-resumed-1':
      return `${who} is connected again: session ${session}`;
    case 'session-ended-1':
      return `${who} is out (${code}): session ${session}`;
    case 'channel-opened-1':
      return `${who} opened ${kind}${asUser(String(kind), user)}: ${what} [${session} ${channel}]`;
    case 'channel-closed-1':
      return `${who} closed a channel: ${endOf(fields)}in ${fields['bytesIn']} B, out ${fields['bytesOut']} B [${session} ${channel}]`;
    case 'channel-refused-1':
      return `${who} was refused ${scope ?? 'what nothing allows'}: ${what} [${session}]`;
    default:
      return undefined;
  }
}

const asUser = (kind: string, user: string): string =>
  kind === 'web' || kind === 'tcp' ? '' : ` as ${user}`;

function endOf({ exitCode, signal }: AuditFields): string {
  if (exitCode !== undefined) return `exit ${exitCode}, `;
  return signal === undefined ? '' : `${signal}, `;
}
