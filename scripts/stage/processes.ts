/** Looks at the processes of this machine, which is the device, too. Linux. */
import { readdirSync, readFileSync } from 'node:fs';

/** Whether a process of this number runs. One that only waits to be reaped does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** The pids of all others whose command line, words parted by spaces, matches. */
export function pidsOf(matches: RegExp): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && matches.test(commandLine(pid)) && isRunning(pid));
}

/** '' where there is none, or none any more. */
export function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').trimEnd();
  } catch {
    return '';
  }
}
