import { z } from 'zod';

/** Who a certificate can name. Each role has an intermediate of its own. */
export const roles = ['relay', 'device', 'representative'] as const;
export type Role = (typeof roles)[number];

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
/** What an id may be. No form has a comma, a quote or a slash, so the text of a SAN cannot hold two names. */
export const idPatterns = {
  /** The host name of a node: `relay.maker.example`, or `b.relay.maker.example`. */
  relay: new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`),
  /** One label, since it is the first of the device's own origin, `http://DEVICE-ID.localhost`. */
  device: new RegExp(`^${label}$`),
  /** A mail address or a short name, lower case. */
  representative: /^(?=.{1,128}$)[a-z0-9][a-z0-9._+-]*(?:@[a-z0-9][a-z0-9.-]*)?$/,
} as const satisfies { [role in Role]: RegExp };

export const deviceIdSchema = z.string().max(63).regex(idPatterns.device);
export const representativeIdSchema = z.string().max(128).regex(idPatterns.representative);
export const hostSchema = z.string().max(253).regex(idPatterns.relay);
/** SHA-256 in lower-case hex. */
export const sha256HexSchema = z.string().regex(/^[0-9a-f]{64}$/);

export const subjectName = (role: Role, id: string): string => `sallyport:${role}/${id}`;

/**
 * Whether `host` is a node of the relay that was enrolled as `enrolled`: that host itself, or one label before it.
 * What a device or representative dials is judged by this, so that a relay cannot send anybody elsewhere.
 */
export function isNodeOf(host: string, enrolled: string): boolean {
  if (host === enrolled) return true;
  return host.endsWith(`.${enrolled}`) && idPatterns.device.test(host.slice(0, -enrolled.length - 1));
}
