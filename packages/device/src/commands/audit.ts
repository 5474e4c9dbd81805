import { setTimeout as sleep } from 'node:timers/promises';
import { formatMoment, printable } from '@sallyport/protocol/text';
import {
  type AuditFlags,
  type AuditWish,
  readFilters,
  readHead,
  toOcsf,
  writeLines,
} from '@sallyport/runtime/audit';
import { interruptSignal, printJson, printTable } from '@sallyport/runtime/command';
import { systemRandom } from '@sallyport/runtime/random';
import { version } from '../build.ts';
import { fail } from '../errors/index.ts';
import type { AuditEntry, AuditFault, AuditFilter, State } from '../state/index.ts';
import type { CommandFlags } from './flags.ts';
import { deviceFolder, identityOf, withState } from './folder.ts';

type Flags = CommandFlags & AuditFlags;

/** How often the log is looked at that is followed, in milliseconds. */
const followMs = 300;
const product = { name: 'sallyport-device', version };

/** `audit list`: the newest entries, the oldest first; with `--follow` also those that come. */
export async function runAuditList(flags: Flags): Promise<void> {
  const wish = readFilters(flags);
  await withState(deviceFolder(flags.data, { create: false }), systemRandom, async (state) => {
    const entries = state.audit.list(wish.limit, filterOf(wish)).reverse();
    if (flags.follow) return follow(state, wish, entries, flags);
    if (flags.json) printJson(entries.map(plain));
    else printTable(['NUMBER', 'WHEN', 'WHAT', 'DETAILS'], entries.map(row), 'There is no such entry.');
  });
}

async function follow(
  state: State,
  wish: AuditWish,
  first: readonly AuditEntry[],
  flags: Flags,
): Promise<void> {
  const signal = interruptSignal();
  const line = flags.json
    ? (entry: AuditEntry) => JSON.stringify(plain(entry))
    : (entry: AuditEntry) => row(entry).join('  ');
  let entries = first;
  let after = state.audit.head()?.seq ?? 0;
  for (;;) {
    if (!(await writeLines(entries.map(line))) || signal.aborted) return;
    await sleep(followMs, undefined, { signal }).catch(() => {});
    if (signal.aborted) return;
    // What is beyond the filter is not looked at twice.
    const head = state.audit.head()?.seq ?? 0;
    entries = [...state.audit.each({ ...filterOf(wish), after })].filter(({ seq }) => seq <= head);
    after = head;
  }
}

/** `audit export`: all entries, one JSON object a line, the oldest first. */
export async function runAuditExport(flags: Flags): Promise<void> {
  const wish = readFilters(flags);
  await withState(deviceFolder(flags.data, { create: false }), systemRandom, async (state) => {
    const lineOf = flags.ocsf ? ocsf : plain;
    const batch = 1_000;
    let lines: string[] = [];
    for (const entry of state.audit.each(filterOf(wish))) {
      if (lines.push(JSON.stringify(lineOf(entry))) < batch) continue;
      if (!(await writeLines(lines))) return;
      lines = [];
    }
    await writeLines(lines);
  });
}

/** `audit verify`: whether the log is whole, and where it is not. */
export async function runAuditVerify(flags: CommandFlags & { readonly head?: string }): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false });
  const given = readHead(flags.head);
  await withState(folder, systemRandom, (state) => {
    const identity = identityOf(folder).find();
    const note = identity && state.auditNote.read(identity.authority.device);
    if (note === false) throw broken({ seq: 0, what: 'note-changed' });
    const noted = [given, note].filter((one) => one !== undefined);
    const { head, fault } = state.audit.verify(noted);
    if (fault) throw broken(fault);
    if (flags.json) printJson({ whole: true, head, noted: note ?? null });
    else {
      const until = note ? ` The device signed how far it went at ${note.seq}.` : '';
      process.stdout.write(`The log is whole: ${head.seq} entries, head ${head.seq}:${head.hash}.${until}\n`);
    }
  });
}

const faults: { readonly [what in AuditFault['what'] | 'note-changed']: string } = {
  missing: 'it is missing',
  changed: 'it, or what was before it, was changed',
  'cut-off': 'it and what came after it were cut off',
  'not-the-noted': 'it is not the one that was noted',
  'note-changed': 'the note of how far the log went is not what the device signed',
};

const broken = ({ seq, what }: { seq: number; what: keyof typeof faults }): Error =>
  fail('audit-broken', { details: { seq, reason: faults[what] } });

const filterOf = ({ event, who, grant, from, to, after }: AuditWish): AuditFilter => ({
  event,
  who,
  grant,
  from,
  to,
  after,
});

const plain = ({ at, ...entry }: AuditEntry): object => ({
  at: new Date(at).toISOString(),
  atMs: at,
  ...entry,
});

function row({ seq, at, event, fields, clock }: AuditEntry): string[] {
  const told = Object.entries(fields).map(([name, value]) => `${name}=${printable(String(value), 120)}`);
  const when = formatMoment(new Date(at).toISOString());
  return [
    String(seq),
    clock === 'wrong' ? `${when} (clock wrong)` : when,
    printable(event, 60),
    told.join(' '),
  ];
}

function ocsf({ seq, at, event, hash, fields, clock, offMs, upMs }: AuditEntry): object {
  const text = (name: string): string | undefined => {
    const value = fields[name];
    return typeof value === 'string' ? value : undefined;
  };
  const actor = text('by') ?? text('representative') ?? text('name');
  return toOcsf(
    {
      seq,
      at,
      event,
      hash,
      actor,
      subject: text('name') ?? text('representative'),
      address: text('address'),
      path: text('path'),
      fields: { ...fields, clock, offMs, upMs },
    },
    product,
  );
}
