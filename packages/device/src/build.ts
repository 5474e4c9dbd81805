/** When this version was made, milliseconds since 1970. A clock that is earlier is wrong (design, section 3, the clock rule). */
export const builtAtMs = Date.UTC(2026, 10, 1);

/** The version that the agent tells the relay, and that `--version` prints. */
export const version = '0.1.0';
