import type { Writable } from 'node:stream';
import type { Log, LogFields } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { pino } from 'pino';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];
export type LogOptions = {
  /** The program: `sallyport-relay`. */
  readonly name: string;
  readonly level?: LogLevel;
  /** Where lines go; standard error if left out, so that standard output stays for answers. */
  readonly to?: Writable;
};

/** Names of fields that never reach a log, at the top or one level down: a second fence behind types that print as `[secret]`. */
const secretFields = [
  'secret',
  'otp',
  'password',
  'token',
  'invite',
  'key',
  'privateKey',
  'authorization',
  'cookie',
];

/** A `key` may be told if it is the hash of a public one. */
const censor = (value: unknown, path: string[]): unknown =>
  path.at(-1) === 'key' && typeof value === 'string' && /^[0-9a-f]{64}$/.test(value) ? value : '[secret]';

/** So many bytes wait for whoever reads standard error. Lines beyond are left out; how many is told when there is room again. */
const waitingCap = 1024 * 1024;

/** A log of JSON lines: `time` in ISO 8601, `level`, `name`, `event`, then its fields. */
export function createLog(options: LogOptions): Log {
  // Not as it comes: a program that waits for the reader of its log would stand still with it.
  const target = options.to ?? pino.destination({ fd: 2, sync: false, maxLength: waitingCap, minLength: 0 });
  const logger = pino(
    {
      name: options.name,
      level: options.level ?? 'info',
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: secretFields.flatMap((field) => [field, `*.${field}`]), censor },
      serializers: { error: describeError },
    },
    target,
  );
  let leftOut = 0;
  target.on('drop', () => {
    leftOut += 1;
  });
  target.on('drain', () => {
    if (leftOut > 0) logger.warn({ event: 'lines-left-out-1', lines: leftOut });
    leftOut = 0;
  });
  const line =
    (level: 'debug' | 'info' | 'warn' | 'error') =>
    (event: string, fields?: LogFields): void =>
      logger[level]({ event, ...fields });
  return { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') };
}

/** An error with its causes, four deep: code, message, and the stack of one that has no row. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const code = error instanceof SallyportError ? error.code : (error as NodeJS.ErrnoException).code;
  return {
    ...(code === undefined ? {} : { code }),
    message: error.message,
    ...(error instanceof SallyportError ? { details: error.details } : { stack: error.stack }),
    ...(error.cause === undefined || depth >= 3 ? {} : { cause: describeError(error.cause, depth + 1) }),
  };
}
