/**
 * The audit logs as events of the Open Cybersecurity Schema Framework (OCSF 1.3), by the table below, which docs/audit.md
 * shows. What is not in it is a base event. Everything that an entry says is in `unmapped`, so nothing is lost.
 */
const classes = {
  base: { uid: 0, name: 'Base Event', category: 0, categoryName: 'Uncategorized' },
  account: { uid: 3001, name: 'Account Change', category: 3, categoryName: 'Identity & Access Management' },
  authentication: {
    uid: 3002,
    name: 'Authentication',
    category: 3,
    categoryName: 'Identity & Access Management',
  },
  entity: { uid: 3004, name: 'Entity Management', category: 3, categoryName: 'Identity & Access Management' },
  access: { uid: 3003, name: 'Authorize Session', category: 3, categoryName: 'Identity & Access Management' },
  file: { uid: 1001, name: 'File System Activity', category: 1, categoryName: 'System Activity' },
  lifecycle: { uid: 6002, name: 'Application Lifecycle', category: 6, categoryName: 'Application Activity' },
  api: { uid: 6003, name: 'API Activity', category: 6, categoryName: 'Application Activity' },
} as const;
type Class = keyof typeof classes;
type Mapping = readonly [of: Class, activity: number, activityName: string, outcome?: 'failure'];

/** Each event's class and activity, of both logs; names that both have mean the same. */
export const ocsfMapping: { readonly [event: string]: Mapping } = {
  'agent-started-1': ['lifecycle', 3, 'Start'],
  'agent-stopped-1': ['lifecycle', 4, 'Stop'],
  'agent-killed-1': ['lifecycle', 4, 'Stop', 'failure'],
  'node-started-1': ['lifecycle', 3, 'Start'],
  'node-stopped-1': ['lifecycle', 4, 'Stop'],
  'network-changed-1': ['entity', 3, 'Update'],
  'network-kept-1': ['entity', 3, 'Update'],
  'network-taken-back-1': ['entity', 3, 'Update'],
  'web-changed-1': ['entity', 3, 'Update'],
  'web-kept-1': ['entity', 3, 'Update'],
  'web-taken-back-1': ['entity', 3, 'Update'],
  'settings-changed-1': ['entity', 3, 'Update'],
  'device-enrolled-1': ['entity', 1, 'Create'],
  'device-renewed-1': ['entity', 3, 'Update'],
  'device-removed-1': ['entity', 4, 'Delete'],
  'certificate-renewed-1': ['entity', 3, 'Update'],
  'authority-made-1': ['entity', 1, 'Create'],
  'token-made-1': ['entity', 1, 'Create'],
  'grant-enabled-1': ['entity', 1, 'Create'],
  'grant-opened-1': ['entity', 3, 'Update'],
  'grant-changed-1': ['entity', 3, 'Update'],
  'grant-port-changed-1': ['entity', 3, 'Update'],
  'grant-extended-1': ['entity', 3, 'Update'],
  'grant-ended-1': ['entity', 4, 'Delete'],
  'grant-closed-1': ['entity', 4, 'Delete'],
  'password-made-1': ['entity', 3, 'Update'],
  'password-void-1': ['entity', 3, 'Update'],
  'pairing-started-1': ['authentication', 99, 'Other'],
  'pairing-failed-1': ['authentication', 1, 'Logon', 'failure'],
  'representative-paired-1': ['authentication', 1, 'Logon'],
  'knock-refused-1': ['authentication', 1, 'Logon', 'failure'],
  'entry-refused-1': ['authentication', 1, 'Logon', 'failure'],
  'session-declined-1': ['authentication', 1, 'Logon', 'failure'],
  'session-opened-1': ['authentication', 1, 'Logon'],
  'session-joined-1': ['authentication', 1, 'Logon'],
  'session-ended-1': ['authentication', 2, 'Logoff'],
  'signed-in-1': ['authentication', 1, 'Logon'],
  'signed-out-1': ['authentication', 2, 'Logoff'],
  'sign-in-failed-1': ['authentication', 1, 'Logon', 'failure'],
  'sign-in-locked-1': ['account', 9, 'Lock'],
  'approval-given-1': ['access', 1, 'Assign Privileges'],
  'approval-refused-1': ['access', 1, 'Assign Privileges', 'failure'],
  'approval-timed-out-1': ['access', 1, 'Assign Privileges', 'failure'],
  'ask-answered-1': ['access', 1, 'Assign Privileges'],
  'channel-refused-1': ['api', 99, 'Other', 'failure'],
  'channel-opened-1': ['api', 1, 'Create'],
  'channel-closed-1': ['api', 4, 'Delete'],
  'request-done-1': ['api', 3, 'Update'],
  'request-refused-1': ['api', 3, 'Update', 'failure'],
  'file-closed-1': ['file', 14, 'Open'],
  'file-changed-1': ['file', 3, 'Update'],
  'file-refused-1': ['file', 14, 'Open', 'failure'],
  'administrator-added-1': ['account', 1, 'Create'],
  'administrator-removed-1': ['account', 6, 'Delete'],
  'administrator-ended-1': ['account', 6, 'Delete'],
  'administrator-password-changed-1': ['account', 3, 'Password Change'],
  'administrator-totp-changed-1': ['account', 10, 'MFA Factor Enable'],
  'representative-invited-1': ['account', 1, 'Create'],
  'representative-logged-in-1': ['account', 2, 'Enable'],
  'representative-renewed-1': ['account', 99, 'Other'],
  'representative-revoked-1': ['account', 5, 'Disable'],
  'representative-reset-1': ['account', 4, 'Password Reset'],
  'representative-cut-1': ['account', 9, 'Lock'],
  'key-blocked-1': ['account', 9, 'Lock'],
};

/** An entry of either log, as far as the mapping needs it. */
export type MappedEntry = {
  readonly seq: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly event: string;
  readonly hash: string;
  /** Who did it. */
  readonly actor?: string | undefined;
  /** Whom or what it is about. */
  readonly subject?: string | undefined;
  /** Where it came from. */
  readonly address?: string | undefined;
  readonly path?: string | undefined;
  readonly fields: object;
};

/** @param product the program whose log it is, and its version */
export function toOcsf(
  entry: MappedEntry,
  product: { readonly name: string; readonly version: string },
): { readonly [name: string]: unknown } {
  const [of, activity, activityName, outcome] = ocsfMapping[entry.event] ?? (['base', 99, 'Other'] as const);
  const { uid, name, category, categoryName } = classes[of];
  const { seq, at, event, hash, actor, subject, address, path, fields } = entry;
  const user = subject ?? actor;
  return {
    category_uid: category,
    category_name: categoryName,
    class_uid: uid,
    class_name: name,
    activity_id: activity,
    activity_name: activityName,
    type_uid: uid * 100 + activity,
    time: at,
    severity_id: outcome === 'failure' ? 3 : 1,
    status_id: outcome === 'failure' ? 2 : 1,
    metadata: {
      version: '1.3.0',
      product: { name: product.name, vendor_name: 'Sallyport', version: product.version },
      uid: hash,
      sequence: seq,
      event_code: event,
      original_time: new Date(at).toISOString(),
    },
    ...(actor === undefined ? {} : { actor: { user: { name: actor } } }),
    ...(user === undefined || of === 'file' || of === 'lifecycle' ? {} : { user: { name: user } }),
    ...(address === undefined ? {} : { src_endpoint: { ip: address } }),
    ...(path === undefined ? {} : { file: { path, name: path.split('/').at(-1) ?? path, type_id: 1 } }),
    unmapped: fields,
  };
}
