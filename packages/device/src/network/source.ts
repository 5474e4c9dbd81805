import { networkInterfaces } from 'node:os';
import type { Source } from '@sallyport/runtime/dial';
import { z } from 'zod';
import { fail } from '../errors/index.ts';

/** The name of a network port, as Linux has them. */
export const interfaceNameSchema = z
  .string()
  .max(15)
  .regex(/^(?!\.{1,2}$)[^\s/:]+$/, 'name a network port, such as eth0');

/**
 * The addresses that connections from a network port are made from: of each family the first that leads further than
 * its own cable.
 *
 * @throws source-interface-unusable
 */
export function sourceOf(
  name: string,
  all: ReturnType<typeof networkInterfaces> = networkInterfaces(),
): Source {
  const own = all[name] ?? [];
  const four = own.find(({ family, address }) => family === 'IPv4' && !address.startsWith('169.254.'));
  const six = own.find(({ family, address }) => family === 'IPv6' && !/^fe80:/i.test(address));
  if (!four && !six) {
    const reason = name in all ? 'it has no address' : 'there is none of this name, or it is off';
    throw fail('source-interface-unusable', { details: { interface: name, reason } });
  }
  return {
    ...(four ? { four: four.address } : {}),
    ...(six ? { six: six.address } : {}),
  };
}
