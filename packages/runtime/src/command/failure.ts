import { type Leg, fail as protocolFail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { CommanderError } from 'commander';
import { fail } from '../errors/index.ts';

/** How people read the legs of the path. */
const legNames: { readonly [leg in Leg]: string } = {
  'this-computer': 'this computer',
  'to-relay': 'this computer to relay',
  relay: 'relay',
  'to-device': 'relay to device',
  device: 'device',
};

/** What a command threw, as an error with a row: wrong use of the command line is `wrong-use`, a bug is `internal`. */
export function knownError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  if (error instanceof CommanderError) {
    const what = printable(error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' '), 300);
    return fail('wrong-use', { details: { what: sentence(what) }, cause: error });
  }
  return protocolFail('internal', { cause: error });
}

const sentence = (text: string): string => {
  const upper = text.slice(0, 1).toUpperCase() + text.slice(1);
  return /[.?!)]$/.test(upper) ? upper : `${upper}.`;
};

/** The exit code of a failure: that of its row, plus the command's offset (250 for `connect` and `exec`). */
export function exitCodeOf(error: SallyportError, exitOffset = 0): number {
  return error.row.exit + exitOffset;
}

/**
 * A failure as the command line tells it. For people, three short lines at most, on standard error: what happened and
 * why, with the leg of the path; what to do next; the cause of a bug. For machines, one JSON object on standard output.
 */
export function reportError(
  error: SallyportError,
  options: { program: string; json: boolean; debug?: boolean },
): { stdout: string; stderr: string } {
  if (options.json) {
    const { text, next: _, ...rest } = toWireError(error);
    const next = error.next;
    const leg = error.leg === undefined ? {} : { leg: error.leg };
    return { stdout: `${JSON.stringify({ error: { ...rest, text, next, ...leg } })}\n`, stderr: '' };
  }
  const leg = error.leg === undefined ? '' : ` [${legNames[error.leg]}]`;
  const lines = [
    `${options.program}: ${printable(error.message, 600)}${leg}`,
    `  Next: ${printable(error.next, 300)}`,
  ];
  if (error.code === 'internal' && error.cause instanceof Error) {
    lines.push(`  Cause: ${printable(error.cause.message, 200)}`);
  }
  if (options.debug) lines.push(traceOf(error));
  return { stdout: '', stderr: `${lines.join('\n')}\n` };
}

function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return printable(String(error), 1_000);
  return `${error.stack ?? error.message}${error.cause === undefined ? '' : `\ncaused by: ${traceOf(error.cause)}`}`;
}
