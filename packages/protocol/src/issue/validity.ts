const dayMs = 24 * 3_600_000;

/** How long each kind of certificate is valid, in milliseconds. */
export const validityMs = {
  authority: 20 * 365 * dayMs,
  relay: 90 * dayMs,
  device: 2 * 365 * dayMs,
  representative: dayMs,
} as const;

/** Certificates begin this long before they are made, for machines whose clock is behind. */
export const backdatedMs = 5 * 60_000;

/** The first and the last moment of a certificate of `kind` that is made at `now` (milliseconds since 1970). */
export function validityFrom(
  kind: keyof typeof validityMs,
  now: number,
): { notBefore: number; notAfter: number } {
  return { notBefore: now - backdatedMs, notAfter: now + validityMs[kind] };
}
