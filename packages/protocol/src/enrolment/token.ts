import { createHash } from 'node:crypto';
import { z } from 'zod';
import { fail } from '../errors/protocol.ts';
import { hostSchema, sha256HexSchema } from '../identity/names.ts';

/** What a token (for a device) or an invitation (for a representative) tells its holder. */
export type Token = {
  readonly kind: 'device' | 'representative';
  /** The relay's host, and the ports to try, in this order. */
  readonly host: string;
  readonly ports: readonly number[];
  /** SHA-256 of the root certificate, hex: whom to trust at the first contact. */
  readonly rootSha256: string;
  /** Base64url. Shown to nobody but a relay that proved to belong to that root. */
  readonly secret: string;
};

const tokenCap = 1_024;
const checksumBytes = 4;
const kinds = { d: 'device', r: 'representative' } as const;

/**
 * The token as one word that survives mail, chat and a double click:
 *
 * ```
 *  sp1d-BASE64URL        BASE64URL of  [root SHA-256: 32] [JSON: {"h":host,"p":[ports],"s":secret}] [checksum: 4]
 *  ^^^ version
 *     ^ d: device, r: representative
 *                        checksum: the first 4 bytes of SHA-256 of "sp1d-" and all bytes before it
 * ```
 *
 * The checksum is no secret and proves nothing; it tells a copy that lost characters from a token that is refused.
 *
 * @throws token-malformed when it says what no reader takes
 */
export function encodeToken(token: Token): string {
  const prefix = `sp1${token.kind === 'device' ? 'd' : 'r'}-`;
  const fields = fieldsSchema.safeParse({ h: token.host, p: token.ports, s: token.secret });
  if (!fields.success || !sha256HexSchema.safeParse(token.rootSha256).success) throw notOfToken();
  const said = JSON.stringify(fields.data);
  const bytes = Buffer.concat([Buffer.from(token.rootSha256, 'hex'), Buffer.from(said)]);
  return prefix + Buffer.concat([bytes, checksum(prefix, bytes)]).toString('base64url');
}

const malformed = (reason: string): Error => fail('token-malformed', { details: { reason } });
const notOfToken = (): Error => malformed('its contents are not those of a token');

const fieldsSchema = z.object({
  h: hostSchema,
  p: z.array(z.number().int().min(1).max(65_535)).min(1).max(16),
  s: z.string().regex(/^[A-Za-z0-9_-]{16,64}$/),
});

/**
 * Reads a token that a person pasted: spaces and line breaks anywhere in it are taken out.
 *
 * @throws token-malformed
 */
export function decodeToken(text: string): Token {
  if (text.length > 2 * tokenCap) throw malformed('it is too long');
  const match = /^(sp(\d)([a-z])-)([A-Za-z0-9_-]*)$/.exec(text.replace(/\s+/g, ''));
  if (!match) throw malformed('tokens look like sp1d-…, invitations like sp1r-…');
  const [, prefix = '', version, kindLetter = '', body = ''] = match;
  if (version !== '1') throw malformed('it is of a later version of Sallyport');
  if (body.length > tokenCap) throw malformed('it is too long');
  const all = Buffer.from(body, 'base64url');
  const bytes = all.subarray(0, -checksumBytes);
  // The last character of base64url can have bits that say nothing: one spelling only.
  const whole = all.toString('base64url') === body;
  if (!whole || bytes.length <= 32 || !checksum(prefix, bytes).equals(all.subarray(-checksumBytes))) {
    throw malformed('characters are missing or changed');
  }
  const kind = Object.hasOwn(kinds, kindLetter) ? kinds[kindLetter as keyof typeof kinds] : undefined;
  const rootSha256 = sha256HexSchema.parse(bytes.subarray(0, 32).toString('hex'));
  const fields = fieldsSchema.safeParse(parseJson(bytes.subarray(32).toString('utf8')));
  if (!kind || !fields.success) throw notOfToken();
  return { kind, host: fields.data.h, ports: fields.data.p, rootSha256, secret: fields.data.s };
}

function checksum(prefix: string, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(prefix).update(bytes).digest().subarray(0, checksumBytes);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
