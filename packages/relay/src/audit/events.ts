/** Everything that the relay's audit log can say. A name's meaning never changes; a changed one gets a new number. */
export const auditEvents = [
  'authority-made-1',
  'node-started-1',
  'node-stopped-1',
  'token-made-1',
  'device-enrolled-1',
  'device-renewed-1',
  'device-removed-1',
  'representative-invited-1',
  'representative-logged-in-1',
  'representative-renewed-1',
  'representative-revoked-1',
  'representative-reset-1',
  'representative-ended-1',
  'grant-opened-1',
  'grant-changed-1',
  'grant-closed-1',
  'recording-head-1',
  'session-joined-1',
  'session-ended-1',
  'session-declined-1',
] as const;
export type AuditEvent = (typeof auditEvents)[number];

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
