/** A value that SQLite takes and gives. */
export type SqlValue = string | number | bigint | null | Uint8Array;

/** What the main thread asks of the worker, several in one message; answered in the order asked. */
export type Request = { readonly id: number; readonly sql: string; readonly parameters: readonly SqlValue[] };

export type Answer =
  | { readonly id: number; readonly rows: readonly Record<string, SqlValue>[]; readonly changes: number }
  | { readonly id: number; readonly error: string };

/** What the worker is started with. */
export type WorkerOptions = { readonly file: string; readonly busyMs: number };
