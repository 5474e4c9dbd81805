/**
 * How much of each fault is tried: `npm test` runs the short form, `npm run faults` the long one. Both print their
 * seed; `SALLYPORT_FAULTS_SEED` repeats one.
 */
import { randomInt } from 'node:crypto';

const short = {
  name: 'short',
  /** For how long everything is swallowed. A connection counts as dead after 20 s of silence. */
  holeMs: 25_000,
  /** For how long nothing is said. In the long form the tunnel's ping of 15 s is late as well. */
  forgetMs: 4_000,
  /** The fast line, and what each copy carries over it. */
  fastRate: '40mbit' as string | undefined,
  fastBytes: 6_000_000,
  lossyBytes: 48 * 1_024,
  narrowBytes: 16 * 1_024,
  /** How often relay, agent or CLI are killed. */
  kills: 12,
  /** At how many points of the way in a connection is spoiled, for each leg and direction. */
  spoils: 6,
  /** Half-open connections to the relay, and how many of them stop where. */
  halfOpen: 2_000,
  halfOpenShares: { tcp: 0.4, 'client-hello': 0.4, 'byte-a-second': 0.1, upgrade: 0.1 },
};
export type Form = typeof short;

const long: Form = {
  name: 'long',
  holeMs: 60_000,
  forgetMs: 35_000,
  fastRate: undefined,
  fastBytes: 1_000_000_000,
  lossyBytes: 2 * 1_048_576,
  narrowBytes: 256 * 1_024,
  kills: 200,
  spoils: 120,
  halfOpen: 10_000,
  halfOpenShares: { tcp: 0.3, 'client-hello': 0.3, 'byte-a-second': 0.2, upgrade: 0.2 },
};

export const form: Form = process.env['SALLYPORT_FAULTS'] === 'long' ? long : short;

export const seed = Number(process.env['SALLYPORT_FAULTS_SEED'] ?? randomInt(1, 2 ** 31));

/** For each copy at its slowest, and what the fault keeps it waiting. */
export const patienceMs = form === long ? 900_000 : 90_000;
