import { randomBytes } from 'node:crypto';
import type { Random } from '@sallyport/protocol/environment';

/** The random numbers of this machine's kernel. */
export const systemRandom: Random = (length) => randomBytes(length);
