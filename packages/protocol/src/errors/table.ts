/** What a program's exit code means (design, section 7). */
export const exitCodes = { done: 0, failed: 1, wrongUse: 2, refused: 3, unreachable: 4 } as const;

/** One row of a table of errors: all that the outside ever learns of a failure, besides named details. */
export type ErrorRow = {
  /** HTTP status of an answer that carries this error. */
  readonly http: number;
  /** WebSocket close code (4000-4999), unique in its table. */
  readonly close: number;
  /** Exit code of a command that ends with this error. */
  readonly exit: 1 | 2 | 3 | 4;
  /** Whether the same request may succeed later with nothing changed. */
  readonly retryable: boolean;
  /** What happened and why. A sentence. `{name}` is replaced by the detail of that name. */
  readonly text: string;
  /** What to do next. A sentence, with `{name}` as in `text`. */
  readonly next: string;
};

export type ErrorTable = { readonly [code: string]: ErrorRow };

/** The part of the path that failed, in the order in which a byte passes it. */
export const legs = ['this-computer', 'to-relay', 'relay', 'to-device', 'device'] as const;
export type Leg = (typeof legs)[number];

export type ErrorDetails = { readonly [name: string]: string | number | boolean };
export type ErrorOptions = { details?: ErrorDetails; cause?: unknown; leg?: Leg };

/**
 * A failure that has a row in a table. Code looks at `code` or `row`, never at the sentence.
 * `cause` is for the log alone and never leaves the process.
 */
export class SallyportError extends Error {
  readonly code: string;
  readonly row: ErrorRow;
  readonly details: ErrorDetails;
  readonly leg: Leg | undefined;

  constructor(code: string, row: ErrorRow, options: ErrorOptions = {}) {
    const details = options.details ?? {};
    super(fill(row.text, details), options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'SallyportError';
    this.code = code;
    this.row = row;
    this.details = details;
    this.leg = options.leg;
  }

  /** What to do next, with its details. */
  get next(): string {
    return fill(this.row.next, this.details);
  }

  /** The same failure, with the leg of the path on which it happened. A leg that is known already stays. */
  at(leg: Leg): SallyportError {
    if (this.leg !== undefined) return this;
    return new SallyportError(this.code, this.row, { details: this.details, cause: this.cause, leg });
  }
}

/** Puts details into a sentence of a row. A detail that is missing, as from an older sender, reads `?`. */
function fill(sentence: string, details: ErrorDetails): string {
  return sentence.replace(/\{(\w+)\}/g, (_, name: string) =>
    Object.hasOwn(details, name) ? String(details[name]) : '?',
  );
}

/** A package's table, and the one way to make its errors: `fail('otp-void')`, or `fail('x', { details })`. */
export function defineErrors<const T extends ErrorTable>(
  rows: T,
): { rows: T; fail: (code: keyof T & string, options?: ErrorOptions) => SallyportError } {
  return {
    rows,
    fail: (code, options) => new SallyportError(code, rows[code] as ErrorRow, options),
  };
}
