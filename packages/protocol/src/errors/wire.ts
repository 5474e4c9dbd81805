import { z } from 'zod';
import { printable } from '../text/index.ts';
import { fail, protocolErrors } from './protocol.ts';
import { type ErrorDetails, type ErrorRow, SallyportError } from './table.ts';

const longestSentence = 1_000;
const longestDetail = 500;
const detail = z.union([z.string().max(longestDetail), z.number(), z.boolean()]);

/** An error as it crosses a wire: in the body of an HTTP answer, in a message of tunnel, hello or pairing. */
export const wireErrorSchema = z.object({
  code: z.string().max(64),
  text: z.string().max(longestSentence),
  next: z.string().max(longestSentence).default(''),
  exit: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]).default(1),
  retryable: z.boolean().default(false),
  details: z.record(z.string().max(64), detail).default({}),
});
export type WireError = z.infer<typeof wireErrorSchema>;

/**
 * What the outside may learn of a failure: its row and named details, cut to what the schema takes. An error without a
 * row is `internal`.
 */
export function toWireError(error: unknown): WireError {
  const known = error instanceof SallyportError ? error : fail('internal');
  return {
    code: known.code,
    text: printable(known.message, longestSentence),
    next: printable(known.next, longestSentence),
    exit: known.row.exit,
    retryable: known.row.retryable,
    details: printableDetails(known.details),
  };
}

function printableDetails(details: ErrorDetails): ErrorDetails {
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === 'string' ? printable(value, longestDetail) : value,
    ]),
  );
}

/**
 * Makes an error of what the other side sent. A code of our own table takes *our* row, so the other side cannot give a
 * known failure another meaning; an unknown code, of a newer version, keeps the other side's words, made printable.
 */
export function fromWireError(wire: WireError): SallyportError {
  const details = printableDetails(wire.details);
  const own = Object.hasOwn(protocolErrors, wire.code)
    ? (protocolErrors as { [code: string]: ErrorRow })[wire.code]
    : undefined;
  if (own) return new SallyportError(wire.code, own, { details });
  const row: ErrorRow = {
    http: 502,
    close: 4000,
    exit: wire.exit,
    retryable: wire.retryable,
    text: printable(wire.text, 500),
    next: printable(wire.next, 500),
  };
  return new SallyportError(printable(wire.code, 64), row, { details });
}
