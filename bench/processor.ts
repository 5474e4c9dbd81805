import { readFileSync } from 'node:fs';

/** Of Linux, since ever. */
const ticksPerSecond = 100;

/** Seconds of processor time that a process and all its threads have used so far, to a hundredth. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}
