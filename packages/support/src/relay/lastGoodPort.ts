import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (data: string): string => join(data, 'last-good-port');

/** The port of the relay that worked last, if that is known; it is tried first (design, section 9). */
export function lastGoodPort(data: string): number | undefined {
  try {
    const text = readFileSync(fileOf(data), 'latin1').slice(0, 10).trim();
    return /^\d{1,5}$/.test(text) ? Number(text) : undefined;
  } catch {
    return undefined;
  }
}

/** Only a hint for the next time: that it cannot be kept, or is half written by a crash, is no failure. */
export function keepLastGoodPort(data: string, port: number): void {
  if (lastGoodPort(data) === port) return;
  try {
    writeFileSync(fileOf(data), `${port}\n`, { mode: 0o600 });
  } catch {
    rmSync(fileOf(data), { force: true });
  }
}
