/** The tables of the relay. Times are milliseconds since 1970; truth is 0 or 1; lists are JSON text. */
export type Tables = {
  devices: DeviceTable;
  representatives: RepresentativeTable;
  representative_keys: RepresentativeKeyTable;
  tokens: TokenTable;
  grants: GrantTable;
  ports: PortTable;
  tunnels: TunnelTable;
  nodes: NodeTable;
  chains: ChainTable;
  revocations: RevocationTable;
  audit: AuditTable;
};

export type DeviceTable = {
  id: string;
  /** What people call it. Foreign text. */
  name: string;
  /** SHA-256 of the public key (SPKI), hex. */
  key_sha256: string;
  token: string;
  enrolled_at: number;
  certificate_ends_at: number;
  seen_at: number | null;
  removed_at: number | null;
};

export type RepresentativeTable = {
  id: string;
  rank: 'support' | 'admin';
  invited_at: number;
  /** None until the first login, and after a reset. */
  key_sha256: string | null;
  token: string | null;
  /** The name of the computer they logged in from. Foreign text. */
  computer: string;
  logged_in_at: number | null;
  certificate_ends_at: number | null;
  /** Their certificate was last renewed. */
  renewed_at: number | null;
  /** They were last at the relay, to the minute. */
  seen_at: number | null;
  /** From then on they may not come any more; null for no end. */
  ends_at: number | null;
  revoked_at: number | null;
  revoked_why: string;
};

/** Every key that a representative ever had. */
export type RepresentativeKeyTable = {
  key_sha256: string;
  representative: string;
  /** The name of the computer it was made on. Foreign text. */
  computer: string;
  /** Null for one that ended before this was noted. */
  since: number | null;
  ended_at: number | null;
  ended_why: string;
};

/** Tokens of devices and invitations of representatives. Only the secret's hash is here. */
export type TokenTable = {
  id: string;
  kind: 'device' | 'representative';
  secret_sha256: string;
  /** The representative who is invited; empty for a device's token. */
  subject: string;
  label: string;
  uses: number;
  uses_left: number;
  made_at: number;
  ends_at: number;
};

export type GrantTable = {
  id: string;
  device: string;
  port: number;
  opened_at: number;
  ends_at: number;
  scopes: string;
  approval: number;
  reference: string | null;
  closed_at: number | null;
  closed_why: string | null;
};

/** Which grant a port number names, and from when on it may name another one. */
export type PortTable = {
  port: number;
  grant_id: string;
  free_from: number;
};

/** The newest tunnel of each device. `node` is null while there is none. */
export type TunnelTable = {
  device: string;
  epoch: number;
  node: string | null;
  since: number;
};

export type NodeTable = {
  host: string;
  /** Ports on which it listens, JSON. */
  ports: string;
  started_at: number;
  seen_at: number;
  draining: number;
};

/**
 * The last number and hash of what is numbered without gaps. Its row is written first in a transaction: that lock makes
 * the order of numbers the order of commits, so a reader that saw number n has seen all below.
 */
export type ChainTable = {
  name: 'audit' | 'revocations';
  seq: number;
  hash: string;
};

export type RevocationTable = {
  seq: number;
  kind: 'device' | 'representative';
  subject: string;
  key_sha256: string;
  reason: string;
  at: number;
};

export type AuditTable = {
  seq: number;
  at: number;
  event: string;
  /** Who did it: `operator`, `device/ID`, `representative/ID`, `node/HOST`. */
  actor: string;
  subject: string;
  /** JSON with sorted keys. */
  details: string;
  previous: string;
  hash: string;
};
