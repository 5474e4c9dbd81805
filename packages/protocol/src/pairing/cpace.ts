import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import type { Random } from '../environment/index.ts';
import { ascii, lengthValue } from './octets.ts';

/**
 * CPace: two sides that know the same short password agree on a key, and whoever sits in between gets one guess a
 * run and nothing to try further guesses on afterwards (draft-irtf-cfrg-cpace; suite CPACE-RISTR255-SHA512; the setting
 * with an initiator A and a responder B; explicit key confirmation).
 *
 *   both     g = generator(password, channel, session)
 *   A        Ya = ya * g  -->
 *   B        Yb = yb * g;  K = yb * Ya;  ISK = hash(session, K, Ya, ADa, Yb, ADb);  <-- Yb, Tb
 *   A        K = ya * Yb;  ISK likewise;  Tb as expected?  Ta -->
 *   B        Ta as expected?
 *
 * Weak where the password is: a guess of nine digits is right once in 10^9, so what counts the runs is part of the
 * protection. Scalars are bigints, whose arithmetic takes no constant time; they are used once, and the machine that
 * an attacker could measure from within is trusted.
 *
 * What is exported beyond `startCpace` is for the vectors of the draft. K and ISK must not leave this folder.
 */

const shareBytes = 32;
const suite = 'CPaceRistretto255';
/** Bytes that SHA-512 takes in one block (H.s_in_bytes). */
const hashBlockBytes = 128;

type Point = InstanceType<typeof ristretto255.Point>;

/** What both sides must hold alike before a run. */
export type CpaceInputs = {
  /** PRS. */
  readonly password: Uint8Array;
  /** CI: what the run is for. */
  readonly channel: Uint8Array;
  /** sid: bytes that belong to this one connection. */
  readonly session: Uint8Array;
};

const sha512 = (octets: Uint8Array): Uint8Array => createHash('sha512').update(octets).digest();

/** `generator_string`: zeros after the password fill the first block, so the time to hash tells nothing of it. */
export function generatorString(inputs: CpaceInputs): Uint8Array {
  const filled = lengthValue(ascii(suite), inputs.password).byteLength + 1;
  const padding = new Uint8Array(Math.max(0, hashBlockBytes - filled));
  return lengthValue(ascii(suite), inputs.password, padding, inputs.channel, inputs.session);
}

/** `calculate_generator`. Its last step is RFC 9496, section 4.3.4, on 64 bytes; not hash-to-curve of RFC 9380. */
export function calculateGenerator(inputs: CpaceInputs): Point {
  const { deriveToCurve } = ristretto255_hasher;
  if (!deriveToCurve) throw new Error('this version of @noble/curves cannot derive elements of ristretto255');
  return deriveToCurve(sha512(generatorString(inputs)));
}

/** `sample_scalar`: 252 random bits. Below the order of the group, and zero once in 2^252 draws. */
export function sampleScalar(random: Random): bigint {
  const bytes = Uint8Array.from(random(32));
  bytes[31] = (bytes[31] ?? 0) & 0x0f;
  return readScalar(bytes);
}

/** A scalar from its 32 bytes, little-endian. */
export function readScalar(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
}

/** `scalar_mult`. */
export function scalarMult(scalar: bigint, point: Point): Uint8Array {
  return point.multiply(scalar).toBytes();
}

/**
 * `scalar_mult_vfy`, with undefined for the neutral element: the other side's share was no encoding of a point, or
 * the neutral element itself. The run must stop then ("CPace protocol instructions").
 */
export function scalarMultVerify(scalar: bigint, share: Uint8Array): Uint8Array | undefined {
  if (share.byteLength !== shareBytes) return undefined;
  let point: Point;
  try {
    point = ristretto255.Point.fromBytes(share);
  } catch {
    return undefined;
  }
  return point.is0() ? undefined : scalarMult(scalar, point);
}

/** What one side has sent: its public share and associated data. */
export type Sent = { readonly share: Uint8Array; readonly associated: Uint8Array };
/** The two sides of a run in the order of their messages. */
export type Transcript = { readonly a: Sent; readonly b: Sent };

/** `transcript_ir`: ordered by who spoke first, so a message sent back to its sender is another transcript. */
export function transcriptOctets({ a, b }: Transcript): Uint8Array {
  return Buffer.concat([lengthValue(a.share, a.associated), lengthValue(b.share, b.associated)]);
}

/** What is hashed into the key. */
export function keyInput(session: Uint8Array, secretPoint: Uint8Array, transcript: Transcript): Uint8Array {
  return Buffer.concat([
    lengthValue(ascii(`${suite}_ISK`), session, secretPoint),
    transcriptOctets(transcript),
  ]);
}

/** ISK, 64 bytes. */
export function intermediateKey(
  session: Uint8Array,
  secretPoint: Uint8Array,
  transcript: Transcript,
): Uint8Array {
  return sha512(keyInput(session, secretPoint, transcript));
}

/** The key of both tags ("Key confirmation"). */
export const confirmationKey = (session: Uint8Array, key: Uint8Array): Uint8Array =>
  sha512(Buffer.concat([ascii('CPaceMac'), session, key]));

/** One side's tag: over its own message, so that neither can answer with the other's. */
export const confirmationTag = (confirmation: Uint8Array, sent: Sent): Uint8Array =>
  createHmac('sha512', confirmation).update(lengthValue(sent.share, sent.associated)).digest();

/** One side of a run that has its share and waits for the other's. */
export type CpaceRun = {
  readonly share: Uint8Array;
  /** What follows from the other side's message; undefined if its share is not one, and the run must stop. */
  finish(theirs: Sent): CpaceResult | undefined;
};

export type CpaceResult = {
  /** The tag to send. */
  readonly tag: Uint8Array;
  /** Whether this is the other side's tag. In constant time for tags of the right length. */
  accepts(tag: Uint8Array): boolean;
};

/**
 * Starts one side of a run. The scalar stays inside. Each answer to `finish` is one guess for the other side, so a
 * machine that finished a run keeps only the result.
 *
 * @param side `a` speaks first
 * @param associated this side's associated data
 */
export function startCpace(
  side: 'a' | 'b',
  inputs: CpaceInputs,
  associated: Uint8Array,
  random: Random,
): CpaceRun {
  const scalar = sampleScalar(random);
  const session = Uint8Array.from(inputs.session);
  const own: Sent = {
    share: scalarMult(scalar, calculateGenerator(inputs)),
    associated: Uint8Array.from(associated),
  };
  return {
    share: Uint8Array.from(own.share),
    finish(theirs) {
      const point = scalarMultVerify(scalar, theirs.share);
      if (!point) return undefined;
      const transcript = side === 'a' ? { a: own, b: theirs } : { a: theirs, b: own };
      const confirmation = confirmationKey(session, intermediateKey(session, point, transcript));
      const expected = confirmationTag(confirmation, theirs);
      return {
        tag: confirmationTag(confirmation, own),
        accepts: (tag) => tag.byteLength === expected.byteLength && timingSafeEqual(tag, expected),
      };
    },
  };
}
