/** What a log line carries besides its name. Never a secret, an OTP, a key or typed text. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Where events go. `event` is a name with a version, such as `grant-opened-1`. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** A log that keeps nothing, for tests and for programs that were told to be quiet. */
export const silentLog: Log = {
  debug() {},
  info() {},
  warn() {},
  error() {},
};
