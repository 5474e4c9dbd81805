/** The memory, handles and files of running processes, as Linux counts them. */
import { readdirSync, readFileSync } from 'node:fs';

/** In bytes. `rss` counts pages that are shared with other processes whole, `pss` its share of them; `own` is what nobody shares. */
export type Resident = { readonly rss: number; readonly pss: number; readonly own: number };

export function residentOf(pid: number): Resident {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1_024;
  return { rss: bytes('Rss'), pss: bytes('Pss'), own: bytes('Private_Clean') + bytes('Private_Dirty') };
}

/** A process and all that descend from it, now. */
export function familyOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const family = [pid];
  for (const member of family) family.push(...(children.get(member) ?? []));
  return family;
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

/**
 * What processes of the same programs have in memory together, in bytes: what each has for itself, and what they share,
 * such as the code of Node, once. One that has just ended counts nothing.
 */
export function residentTogether(pids: readonly number[]): number {
  let own = 0;
  let shared = 0;
  for (const pid of pids) {
    try {
      const one = residentOf(pid);
      own += one.own;
      shared = Math.max(shared, one.rss - one.own);
    } catch {
      // It has ended.
    }
  }
  return own + shared;
}

/** The processor time that a process has used, in seconds; Linux counts it in hundredths. */
export function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ').at(-1)?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** How many descriptors a process has open. */
export function handlesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
