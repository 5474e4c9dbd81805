/**
 * Writes the tables of events into `docs/audit.md` from the lists of the two programs, so that the page cannot say anything
 * else than they do. `--check` writes nothing and fails if the page differs by one byte.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditTable as ofDevice } from '../packages/device/src/state/auditEvents.ts';
import { auditTable as ofRelay } from '../packages/relay/src/audit/events.ts';
import { ocsfMapping } from '../packages/runtime/src/audit/ocsf.ts';

export const auditPage = join(import.meta.dirname, '../docs/audit.md');

type Table = { readonly [name: string]: readonly [says: string, fields: string] };

const cell = (text: string): string => text.replace(/[\\|<>]/g, '\\$&').replace(/\s+/g, ' ');

function rows(table: Table, fields: string): string {
  const lines = Object.entries(table).map(([name, [says, named]]) => {
    const [of, activity, activityName] = ocsfMapping[name] ?? ['base', 99, 'Other'];
    return `| \`${name}\` | ${cell(says)} | ${cell(named)} | ${of}, ${activity} (${activityName}) |`;
  });
  return [`| event | what happened | ${fields} | OCSF |`, '| --- | --- | --- | --- |', ...lines].join('\n');
}

/** The page with its tables written anew. Each stands between two comments. */
export function withTables(page: string): string {
  return [
    ['device', rows(ofDevice, 'fields')],
    ['relay', rows(ofRelay, 'details')],
  ].reduce((text, [name, table]) => {
    const [begin, end] = [`<!-- events of the ${name} -->`, `<!-- end of the events of the ${name} -->`];
    const [before, rest] = text.split(begin);
    const after = rest?.split(end)[1];
    if (after === undefined) throw new Error(`docs/audit.md has no place for the events of the ${name}`);
    return `${before}${begin}\n${table}\n${end}${after}`;
  }, page);
}

if (import.meta.main) {
  const before = readFileSync(auditPage, 'utf8');
  const page = withTables(before);
  if (process.argv.includes('--check') && page !== before) process.exitCode = 1;
  else writeFileSync(auditPage, page);
}
