import { readFileSync } from 'node:fs';
import type { Random } from '@sallyport/protocol/environment';

/** Changes with every boot of the machine. Where the system does not tell, every start of the agent counts as a boot. */
export function readBootId(random: Random): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return Buffer.from(random(16)).toString('hex');
  }
}
