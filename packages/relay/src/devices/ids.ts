import { type Random, uniform } from '@sallyport/protocol/environment';

/** No vowels and nothing that looks like something else: an id is read aloud, and is no word. */
const alphabet = '0123456789bcdfghjkmnpqrstvwxyz';

/** A device's id: `d` and nine characters, 44 bits. The first label of its origin at a representative's. */
export function makeDeviceId(random: Random): string {
  let id = 'd';
  for (let i = 0; i < 9; i++) id += alphabet[uniform(random, alphabet.length)];
  return id;
}
