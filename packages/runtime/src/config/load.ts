import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { type Document, isMap, isScalar, LineCounter, parseDocument, parse as parseYaml } from 'yaml';
import type { z } from 'zod';
import { fail } from '../errors/index.ts';
import { environmentName, fileKey, neighbourOf } from './names.ts';

const fileCap = 64 * 1024;

export type ConfigSources = {
  /** The data folder; `config.yaml` in it is read if it is there. */
  readonly folder?: string | undefined;
  /** What the command line said, by key; undefined where it said nothing. */
  readonly flags?: { readonly [key: string]: unknown };
  readonly env?: NodeJS.ProcessEnv;
};

/** Where a value came from, as an error names it. */
type Found = { readonly value: unknown; readonly where: string; readonly text: boolean };

/**
 * The settings of a program: flags over environment over `config.yaml` over the schema's defaults. Keys are written
 * `runAs` in the schema, `run-as` in the file and on the command line, `SALLYPORT_RUN_AS` in the environment. Text from
 * flags and environment is read as the schema wants it: a number, true or false, a list with commas.
 *
 * @param schema a flat `z.object`: every key optional or with a default
 * @throws config-unreadable, config-key-unknown, config-value-invalid; flag-value-invalid, which is wrong use
 */
export function loadConfig<S extends z.ZodRawShape>(
  schema: z.ZodObject<S>,
  sources: ConfigSources,
): z.output<z.ZodObject<S>> {
  const keys = Object.keys(schema.shape);
  const found = new Map<string, Found>([
    ...fromFile(sources.folder, keys),
    ...fromEnvironment(sources.env ?? process.env, keys),
    ...fromFlags(sources.flags ?? {}, keys),
  ]);
  const values: { [key: string]: unknown } = {};
  for (const key of keys) {
    const setting = found.get(key);
    const field = schema.shape[key] as z.ZodType | undefined;
    if (setting && field) values[key] = readValue(field, key, setting);
  }
  const parsed = schema.safeParse(values);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const key = String(issue?.path[0] ?? '');
  throw wrongValue(found.get(key)?.where ?? 'settings', key, issue?.message ?? '');
}

function wrongValue(where: string, key: string, reason: string): Error {
  if (where.startsWith('--')) return fail('flag-value-invalid', { details: { flag: where, reason } });
  return fail('config-value-invalid', { details: { where, key: fileKey(key), reason } });
}

/** Tries each reading of a text; a value of the file has its type already. @throws config-value-invalid, flag-value-invalid */
function readValue(field: z.ZodType, key: string, found: Found): unknown {
  const readings = found.text ? readingsOf(String(found.value)) : [found.value];
  for (const reading of readings) if (field.safeParse(reading).success) return reading;
  // Of several readings the one of the right type says most: "name whole paths", not "expected array".
  const issues = readings.map((reading) => field.safeParse(reading).error?.issues[0]);
  const issue = issues.find((one) => one?.code !== 'invalid_type') ?? issues[0];
  const inside = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  const reason = printable(`${inside}${issue?.message ?? 'not valid'}`).replace(/\.$/, '');
  throw wrongValue(found.where, key, reason);
}

function readingsOf(text: string): unknown[] {
  const readings: unknown[] = [text];
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(text)) readings.push(parseYaml(text));
  const items = text.split(',').map((item) => item.trim());
  readings.push(items);
  if (items.every((item) => /^\d{1,15}$/.test(item))) readings.push(items.map(Number));
  return readings;
}

function fromFile(folder: string | undefined, keys: readonly string[]): Map<string, Found> {
  const found = new Map<string, Found>();
  if (folder === undefined) return found;
  const path = join(folder, 'config.yaml');
  const text = readConfigFile(path);
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true, logLevel: 'error' });
  const lineAt = (offset: number | undefined): string => `${path}, line ${lines.linePos(offset ?? 0).line}`;
  const [problem] = document.errors;
  if (problem) {
    const reason = printable(problem.message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML');
    throw fail('config-unreadable', { details: { path, reason }, cause: problem });
  }
  if (document.contents === null) return found;
  if (!isMap(document.contents)) {
    throw fail('config-unreadable', { details: { path, reason: 'it is not a list of "key: value"' } });
  }
  const values = valuesOf(document, path);
  for (const pair of document.contents.items) {
    const name = isScalar(pair.key) ? pair.key : undefined;
    const where = lineAt(name?.range?.[0]);
    const written = printable(String(name?.value ?? ''), 64);
    const key = keys.find((known) => fileKey(known) === written);
    if (key === undefined) throw unknownKey(written, where, keys.map(fileKey));
    const value = values[written];
    if (value !== null) found.set(key, { value, where, text: false });
  }
  return found;
}

/** What the file says, by the keys as they are written. Aliases could make gigabytes of it. @throws config-unreadable */
function valuesOf(document: Document, path: string): { readonly [key: string]: unknown } {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch (cause) {
    const reason = 'it uses aliases (&, *): write the values out';
    throw fail('config-unreadable', { details: { path, reason }, cause });
  }
}

/** The file's text; '' if there is none. @throws config-unreadable */
function readConfigFile(path: string): string {
  try {
    if (statSync(path).size > fileCap) {
      throw fail('config-unreadable', { details: { path, reason: `it is larger than ${fileCap} bytes` } });
    }
    return readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof SallyportError) throw cause;
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    if (code === 'ENOENT') return '';
    throw fail('config-unreadable', { details: { path, reason: `error ${code}` }, cause });
  }
}

/**
 * The three programs share the prefix, so a variable that is no setting of this one may be another's. One that differs
 * from a setting by a letter or two is a slip, and is said.
 */
const slipSteps = 2;

function fromEnvironment(env: NodeJS.ProcessEnv, keys: readonly string[]): Map<string, Found> {
  const found = new Map<string, Found>();
  const known = keys.map(environmentName);
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('SALLYPORT_') || value === undefined || name.length > 64) continue;
    const key = keys[known.indexOf(name)];
    if (key !== undefined) found.set(key, { value, where: `environment variable ${name}`, text: true });
    else if (neighbourOf(name, known).steps <= slipSteps) throw unknownKey(name, 'environment', known);
  }
  return found;
}

function fromFlags(flags: { readonly [key: string]: unknown }, keys: readonly string[]): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const key of keys) {
    const value = flags[key];
    if (value !== undefined) {
      found.set(key, { value, where: `--${fileKey(key)}`, text: typeof value === 'string' });
    }
  }
  return found;
}

function unknownKey(key: string, where: string, known: readonly string[]): Error {
  return fail('config-key-unknown', { details: { key, where, neighbour: neighbourOf(key, known).name } });
}
