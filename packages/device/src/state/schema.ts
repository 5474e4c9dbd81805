/** The schema's steps, oldest first; `PRAGMA user_version` counts those that were taken. A step is never changed. */
export const migrations: readonly string[] = [
  `
  -- Every grant there was; the one that is waiting or open is the agent's.
  CREATE TABLE grants (
    id TEXT PRIMARY KEY,
    at TEXT NOT NULL CHECK (at IN ('waiting', 'open', 'ended')),
    port INTEGER,
    scopes TEXT NOT NULL,
    approval INTEGER NOT NULL,
    reference TEXT,
    host_key_private TEXT,
    host_key_public TEXT NOT NULL,
    password TEXT NOT NULL CHECK (password IN ('live', 'spent', 'void')),
    password_failures INTEGER NOT NULL,
    enabled_at INTEGER NOT NULL,
    ended_at INTEGER,
    end_reason TEXT,
    -- The clock rule (design, section 9): what was left, and when by each clock that was so.
    boot_id TEXT NOT NULL,
    boot_ms REAL NOT NULL,
    wall_ms REAL NOT NULL,
    left_ms REAL NOT NULL,
    cap_ms REAL NOT NULL
  ) STRICT;
  -- Public keys that proved the OTP of a grant.
  CREATE TABLE pins (
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    representative TEXT NOT NULL,
    certificate TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (grant_id, key)
  ) STRICT;
  -- Public keys that failed to prove it, or were cut off.
  CREATE TABLE failures (
    grant_id TEXT NOT NULL REFERENCES grants (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    representative TEXT NOT NULL,
    count INTEGER NOT NULL,
    blocked TEXT CHECK (blocked IN ('failures', 'cut-off')),
    PRIMARY KEY (grant_id, key)
  ) STRICT;
  -- Public keys that the relay revoked, in whatever grant.
  CREATE TABLE revoked_keys (
    key TEXT PRIMARY KEY,
    representative TEXT NOT NULL,
    since INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE administrators (
    name TEXT PRIMARY KEY,
    password TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- A temporary administrator vanishes with its grant.
    grant_id TEXT REFERENCES grants (id) ON DELETE CASCADE
  ) STRICT;
  CREATE TABLE settings (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT;
  CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    fields TEXT NOT NULL,
    hash TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- When a temporary administrator ends that does not end with a grant: a span, in JSON.
  ALTER TABLE administrators ADD COLUMN ends TEXT;
  -- The secret of the one-time codes, base32, and the newest step of which a code was taken: none is taken twice.
  ALTER TABLE administrators ADD COLUMN totp TEXT;
  ALTER TABLE administrators ADD COLUMN totp_step INTEGER;
  -- Who is signed in, by the SHA-256 of what the browser bears. Times count since boot: a reboot signs everybody out.
  CREATE TABLE sign_ins (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL REFERENCES administrators (name) ON DELETE CASCADE,
    boot_id TEXT NOT NULL,
    since_ms REAL NOT NULL,
    seen_ms REAL NOT NULL,
    -- The stream of the support session that it was made through: it is worth nothing anywhere else.
    session TEXT
  ) STRICT;
  -- What each administrator sees of their own sign-ins, the failed ones too.
  CREATE TABLE sign_in_tries (
    seq INTEGER PRIMARY KEY,
    name TEXT NOT NULL REFERENCES administrators (name) ON DELETE CASCADE,
    at INTEGER NOT NULL,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    ok INTEGER NOT NULL
  ) STRICT;
  -- Browsers from which an administrator signed in before, by the SHA-256 of what they bear.
  CREATE TABLE known_browsers (
    id TEXT NOT NULL,
    name TEXT NOT NULL REFERENCES administrators (name) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    PRIMARY KEY (id, name)
  ) STRICT;
  -- Failed sign-ins by account, address or known browser, since the last that was right.
  CREATE TABLE lockouts (
    who TEXT PRIMARY KEY,
    failures INTEGER NOT NULL,
    boot_id TEXT NOT NULL,
    last_ms REAL NOT NULL
  ) STRICT;
  `,
  `
  -- What the last connection tests found, each in JSON.
  CREATE TABLE connection_tests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    test TEXT NOT NULL
  ) STRICT;
  `,
  `
  -- Which grant an entry is about, as its fields say; how the clock stood; milliseconds since boot.
  ALTER TABLE audit ADD COLUMN grant_id TEXT AS (CAST(fields ->> '$.grant' AS TEXT)) VIRTUAL;
  ALTER TABLE audit ADD COLUMN clock TEXT CHECK (clock IN ('relay', 'own', 'wrong'));
  ALTER TABLE audit ADD COLUMN off_ms INTEGER;
  ALTER TABLE audit ADD COLUMN up_ms INTEGER;
  CREATE INDEX audit_of_grant ON audit (grant_id, event) WHERE grant_id IS NOT NULL;
  CREATE INDEX audit_of_event ON audit (event);
  `,
  `
  -- The receipts of sessions; each is a file as the command \`receipt verify\` takes it.
  CREATE TABLE receipts (
    session TEXT PRIMARY KEY,
    grant_id TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    hash TEXT NOT NULL,
    standing TEXT NOT NULL,
    at INTEGER NOT NULL,
    receipt TEXT NOT NULL
  ) STRICT;
  CREATE INDEX receipts_of_grant ON receipts (grant_id, key, number);
  `,
];
