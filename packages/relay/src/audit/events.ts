/**
 * Everything that the relay's audit log can say: each event, what it says, and its details. A name's meaning never changes;
 * a changed one gets a new number. `docs/audit.md` shows this table.
 */
export const auditTable = {
  'authority-made-1': [
    'The authority was made: root, intermediates, and the certificate of this relay.',
    'root',
  ],
  'node-started-1': ['A node of the relay started.', 'version, ports'],
  'node-stopped-1': ['A node of the relay stopped in order.', ''],
  'token-made-1': ['A token was made, by which devices enrol.', 'uses, endsAt, label'],
  'device-enrolled-1': ['A device got its certificate.', 'name, key'],
  'device-renewed-1': ['A device got its next certificate.', 'endsAt'],
  'device-removed-1': ['A device was removed: its tunnels and sessions ended.', 'reason'],
  'representative-invited-1': ['Somebody was invited to be a representative.', 'rank, endsAt, until'],
  'representative-logged-in-1': [
    'A representative got their first certificate, for a key of their own.',
    'computer, key',
  ],
  'representative-renewed-1': ['A representative got their next certificate.', 'endsAt'],
  'representative-revoked-1': [
    'A key of a representative was revoked: it enters nowhere any more.',
    'reason, key',
  ],
  'representative-reset-1': ['A lost key was given up for a new invitation.', 'key, endsAt, until'],
  'representative-ended-1': ['The time until which a representative may come is over.', 'key, endsAt'],
  'grant-opened-1': [
    'A device opened a grant, which got a port number.',
    'port, scopes, approval, reference, endsAt',
  ],
  'grant-changed-1': ['A device changed the end or the scopes of a grant.', 'scopes, approval, endsAt'],
  'grant-closed-1': ['A grant is over.', 'why, port, device'],
  'recording-head-1': [
    'A device told how far a recording is sealed.',
    'recording, session, seal, lines, bytes, sha256, end',
  ],
  'audit-head-1': ['A device told how far its own audit log goes.', 'seq, hash'],
  'session-joined-1': ['The two halves of a session were joined.', 'device'],
  'session-ended-1': [
    'A session ended, or lost its connection.',
    'device, fromRepresentative, fromDevice, seconds, cut',
  ],
  'session-declined-1': ['A device did not follow a knock.', 'device, code'],
} as const satisfies { readonly [name: string]: readonly [says: string, details: string] };
export type AuditEvent = keyof typeof auditTable;
export const auditEvents = Object.keys(auditTable) as readonly AuditEvent[];

/** Named facts of an entry: short and without secrets. Their order is the same in every program: sorted. */
export type AuditDetails = { readonly [name: string]: string | number | boolean | null | readonly string[] };

/** One entry, before it has its place in the chain. */
export type AuditRecord = {
  readonly at: number;
  readonly event: AuditEvent;
  /** Who did it: `operator`, `device/ID`, `representative/ID`, `node/HOST`. */
  readonly actor: string;
  /** Whom or what it is about, in the same form; `grant/ID` too. */
  readonly subject: string;
  readonly details?: AuditDetails;
};
