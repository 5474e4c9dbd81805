import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { readPrivateFile, writePrivateFile } from '../folder/index.ts';
import { parseCollector, type SyslogOptions, SyslogStream } from './stream.ts';

/** The setting `syslog` of a program that keeps an audit log. */
export const syslogSchema = z.strictObject({
  /** The collector: `HOST:PORT`, where it takes syslog over TLS (RFC 5425; the usual port is 6514). */
  server: z
    .string()
    .max(300)
    .refine((text) => parseCollector(text) !== undefined, 'write it as HOST:PORT'),
  /** A PEM file: who vouches for the collector. */
  ca: z.string().max(4_096).refine(isAbsolute, 'name a whole path'),
});
export type SyslogSettings = z.output<typeof syslogSchema>;

const positionCap = 100;

/**
 * The stream of an audit log as it is configured, not started yet. How far the collector has it is in the file
 * `syslog-position` of the data folder.
 *
 * @throws config-value-invalid where the file of certificates cannot be read
 */
export function openSyslog(options: {
  readonly settings: SyslogSettings;
  readonly folder: string;
  readonly program: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly source: SyslogOptions['source'];
}): SyslogStream {
  const { settings, folder, program, clock, log, source } = options;
  const collector = parseCollector(settings.server);
  const file = join(folder, 'syslog-position');
  if (!collector) throw wrong('write the server as HOST:PORT');
  return new SyslogStream({
    ...collector,
    ca: readCa(settings.ca),
    origin: { program, host: hostname(), pid: process.pid },
    clock,
    log,
    source,
    position: {
      read() {
        const text = readPrivateFile(file, positionCap)?.toString('latin1').trim() ?? '';
        return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
      },
      write: (seq) => writePrivateFile(file, `${seq}\n`),
    },
  });
}

function readCa(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
  } catch (error) {
    throw wrong(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  throw wrong(`${path} has no certificate in PEM`);
}

const wrong = (reason: string): Error =>
  fail('config-value-invalid', { details: { where: 'config.yaml', key: 'syslog', reason } });
