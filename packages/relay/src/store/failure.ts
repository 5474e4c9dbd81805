import { fail, SallyportError } from '@sallyport/protocol/errors';

/** SQLite on a disk that is full, broken or held by another process: it may be well again in a moment. */
const sqliteMessages =
  /database is locked|disk is full|disk I\/O error|unable to open database|readonly database/i;
const lostMessages =
  /timeout|connection terminated|connection ended|database thread has ended|wait for the database|database is closed/i;

/** Whether a statement failed because the database is away, and not for what it says. */
export function isDatabaseLost(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isDatabaseLost);
  const code = 'code' in error ? String(error.code) : '';
  // PostgreSQL: classes 08 (connection), 53 (resources), 57P (operator); Node: errors of the socket.
  return (
    /^(08|53|57P)|^(ECONN|EPIPE|ENOENT|ETIMEDOUT|EHOST|ENET)/.test(code) ||
    lostMessages.test(error.message) ||
    sqliteMessages.test(error.message)
  );
}

/** What went wrong at this node, as an error with a row. A fault of ours is `internal`; its cause is for the log. */
export function nodeFailure(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  return fail(isDatabaseLost(error) ? 'relay-database-lost' : 'internal', { cause: error, leg: 'relay' });
}
