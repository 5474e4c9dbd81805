import { z } from 'zod';

/** Five digits that name a grant. A name, not a listening socket. */
export type PortNumber = number & { readonly brand: 'PortNumber' };
export const lowestPortNumber = 40_000;
export const highestPortNumber = 49_999;

export const portNumberSchema = z
  .number()
  .int()
  .min(lowestPortNumber)
  .max(highestPortNumber)
  .transform((value) => value as PortNumber);

/** The port number that a person typed, or undefined if it is none. */
export function parsePortNumber(text: string): PortNumber | undefined {
  if (!/^4\d{4}$/.test(text.trim())) return undefined;
  return Number(text.trim()) as PortNumber;
}
