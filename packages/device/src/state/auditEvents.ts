/**
 * What the audit log of a device can say: each event, what it says, and its fields. A name carries a version: its fields
 * never change their meaning. `docs/audit.md` shows this table.
 */
export const auditTable = {
  'device-enrolled-1': ['The device got its identity at a relay.', 'device, relay'],
  'agent-started-1': ['The device agent started.', 'version, boot (changes with each boot of the machine)'],
  'agent-stopped-1': ['The device agent stopped in order.', ''],
  'agent-killed-1': ['The watchdog ended an agent that hung, and with it the grant.', 'reason'],
  'grant-enabled-1': ['Remote Support was enabled.', 'grant, scopes, approval, reference, leftMs, by'],
  'grant-opened-1': ['The relay gave the grant a port number.', 'grant, port'],
  'grant-port-changed-1': ['The grant has another port number.', 'grant, from, to, why (taken, forgotten)'],
  'grant-extended-1': ['The end of the grant was set anew.', 'grant, leftMs, by'],
  'grant-ended-1': ['The grant is over.', 'grant, reason (disabled, expired), by'],
  'password-made-1': ['A new one-time password was made.', 'grant, by'],
  'password-void-1': ['The one-time password is void after too many wrong tries.', 'grant'],
  'pairing-started-1': [
    'A representative tried a one-time password: it counts as a failure until it is proved.',
    'grant, representative, keySha256',
  ],
  'pairing-failed-1': [
    'The one-time password was not proved.',
    'grant, representative, keySha256, failures (of this key)',
  ],
  'key-blocked-1': ['A key is kept out for the rest of the grant.', 'grant, representative, keySha256, by'],
  'representative-paired-1': [
    'A representative proved the one-time password, which is spent.',
    'grant, representative, keySha256',
  ],
  'representative-cut-1': [
    'A representative was cut off: all sessions ended, the key blocked for the rest of the grant.',
    'grant, representative, keySha256, by',
  ],
  'representative-revoked-1': ['The relay told that a key is revoked.', 'representative, keySha256, grant'],
  'approval-asked-1': ['A representative waits to be let in.', 'grant, representative, keySha256'],
  'approval-given-1': ['A person let them in.', 'grant, representative, keySha256, by'],
  'approval-refused-1': ['A person did not let them in.', 'grant, representative, keySha256, by'],
  'approval-timed-out-1': ['Nobody answered: refused.', 'grant, representative, keySha256'],
  'ask-made-1': [
    'A representative who is in asks for more.',
    'grant, session, representative, keySha256, scopes, forMs, why',
  ],
  'ask-answered-1': [
    'An administrator answered.',
    'grant, session, representative, keySha256, granted, scopes, leftMs, by',
  ],
  'ask-ended-1': [
    'Nobody answered, or the question was withdrawn.',
    'grant, session, representative, keySha256, code (of docs/errors.md)',
  ],
  'knock-refused-1': [
    'A knock was refused before a connection was made.',
    'grant, representative, keySha256, code (of docs/errors.md)',
  ],
  'entry-refused-1': [
    'Somebody with a certificate was not let in.',
    'grant, representative, keySha256, code (of docs/errors.md)',
  ],
  'session-opened-1': ['A session began.', 'grant, session, representative, keySha256'],
  'session-suspended-1': [
    'The connection of a session was lost; it waits.',
    'grant, session, representative',
  ],
  'session-resumed-1': ['A session has a connection again.', 'grant, session, representative'],
  'representative-paused-1': ['What a representative sends is held.', 'grant, representative, keySha256, by'],
  'representative-unpaused-1': ['What was held goes on.', 'grant, representative, keySha256, by'],
  'terminal-watched-1': [
    'An administrator looks at a terminal.',
    'grant, session, representative, channel, by',
  ],
  'session-ended-1': [
    'A session ended.',
    'grant, session, representative, code (why, of docs/errors.md), by',
  ],
  'receipt-signed-1': [
    'What happened in a session was stated and signed.',
    'grant, session, representative, keySha256, hash, signed (both, device, disputed), reason',
  ],
  'channel-opened-1': [
    'A terminal, a command, a copy, the web interface or a TCP connection was opened.',
    'grant, session, representative, channel, kind, what, recording (of a terminal or command)',
  ],
  'channel-closed-1': [
    'It was closed.',
    'grant, session, representative, channel, bytesIn, bytesOut, exitCode or signal; recording, recordingBytes and recordingSha256 (of its last seal)',
  ],
  'channel-refused-1': [
    'Something was asked for that no scope of the grant allows.',
    'grant, session, representative, scope (missing; none if no scope gives it), what',
  ],
  'recording-failed-1': [
    'A terminal or command could not be recorded, from its beginning or from then on.',
    'grant, session, representative, channel, recording, reason',
  ],
  'recordings-removed-1': [
    'The oldest recordings were removed.',
    'count, bytes, upTo (the newest of them), why (age, room)',
  ],
  'file-closed-1': [
    'A file was read or written.',
    'grant, session, representative, channel, path, direction, created, bytesRead, bytesWritten, size, sha256 (of the file when it was closed), result',
  ],
  'file-changed-1': [
    'A file was renamed, removed, made, or given other attributes.',
    'grant, session, representative, channel, path, to, what, result',
  ],
  'file-refused-1': ['A file was refused.', 'grant, session, representative, channel, path, what'],
  'administrator-added-1': ['An administrator was added.', 'name, by, temporary, grant (that they end with)'],
  'administrator-removed-1': ['An administrator was removed.', 'name, by'],
  'administrator-ended-1': ['The time of a temporary administrator is over.', 'name'],
  'administrator-password-changed-1': ['Somebody changed their own password.', 'name'],
  'administrator-totp-changed-1': ['Somebody turned their one-time codes on or off.', 'name, on'],
  'signed-in-1': [
    'Somebody signed in to the web interface.',
    'name, kind, address, agent; session and representative through a session',
  ],
  'signed-out-1': ['A sign-in ended.', 'name, why (sign-out, time)'],
  'sign-in-failed-1': ['A sign-in failed.', 'name, what, address, agent, representative, session'],
  'sign-in-locked-1': ['Signing in is locked for a while.', 'name, seconds, address, agent'],
  'connection-tested-1': ['Somebody tested the connection.', 'by'],
  'network-changed-1': [
    'Somebody set how the device is in its network; it is taken back unless it is confirmed.',
    'by, interface, what, setBy (network-manager, iproute2)',
  ],
  'network-kept-1': ['A change of the network was confirmed.', 'by, interface, what'],
  'network-taken-back-1': ['A change of the network was taken back.', 'interface; reason where it failed'],
  'web-changed-1': [
    'Somebody set address or certificate of the web interface; it is taken back unless it is confirmed there.',
    'by, url, certificate (own, uploaded, configured)',
  ],
  'web-kept-1': ['A change of the web interface was confirmed.', 'by, url'],
  'web-taken-back-1': ['A change of the web interface was taken back.', 'url'],
  'settings-changed-1': ['Settings were changed.', 'by, and each setting with its new value'],
  'request-done-1': [
    'A request to the API changed something that has no event of its own.',
    'name, kind, route, url, address, representative, session',
  ],
  'request-refused-1': [
    'A request that came through a session was refused.',
    'name, kind, route, url, code, address, representative, session',
  ],
  'certificate-renewed-1': ["The device's certificate was renewed.", ''],
  'entries-left-out-1': [
    'More of one event came than an hour, or a full disk, takes: so many were not written.',
    'event, count',
  ],
} as const satisfies { readonly [name: string]: readonly [says: string, fields: string] };

export type AuditEvent = keyof typeof auditTable;
export const auditEvents = Object.keys(auditTable) as readonly AuditEvent[];
