import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type BigIntStats, lstatSync } from 'node:fs';
import { joinAnswerSchema } from '@sallyport/protocol/enrolment';
import { SallyportError } from '@sallyport/protocol/errors';
import {
  type Authority,
  certificateSha256,
  deviceIdSchema,
  hostSchema,
  keySha256OfPem,
  parseAuthority,
} from '@sallyport/protocol/identity';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import { fail } from '../errors/index.ts';

const fileCap = 64 * 1024;

/** The file `identity.json`: one file, so that a new identity takes the place of the old one whole or not at all. */
const fileSchema = z.strictObject({
  v: z.literal(1),
  id: deviceIdSchema,
  host: hostSchema,
  ports: z.array(z.number().int().min(1).max(65_535)).min(1).max(16),
  key: z.string().max(8_192).startsWith('-----BEGIN '),
  certificate: z.string().max(8_192).startsWith('-----BEGIN '),
  authority: joinAnswerSchema.shape.authority,
});
export type IdentityFile = z.infer<typeof fileSchema>;

/** Who the device is at which relay. */
export type DeviceIdentity = {
  readonly id: string;
  /** The enrolled host, as the token told it. */
  readonly host: string;
  /** The ports that the token told, or those of the setting `relay-ports`. */
  readonly ports: readonly number[];
  readonly authority: Authority;
  readonly tls: TlsIdentity;
  readonly certificateSha256: string;
  readonly keySha256: string;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  readonly notAfter: number;
};

export type IdentityStore = {
  /** What is on the disk now; undefined before enrolment. @throws identity-damaged, folder-permissions */
  read(): DeviceIdentity | undefined;
  /** The same, or undefined when it cannot be used. */
  find(): DeviceIdentity | undefined;
  /** @throws not-enrolled, identity-damaged, folder-permissions */
  required(): DeviceIdentity;
  /** Durable when it returns. @throws identity-damaged if it does not hold together: nothing is written then */
  write(identity: Omit<IdentityFile, 'v'>): DeviceIdentity;
  /** Puts a certificate in the place of the one that is there. */
  renew(certificate: string): DeviceIdentity;
};

/**
 * The device's identity in `identity.json`, mode 0600. Another process may replace it: each call sees what is there.
 *
 * @param relayPorts where the relay is looked for, instead of the enrolled ports: it moved, or is reached by others here
 */
export function identityStore(path: string, relayPorts?: readonly number[]): IdentityStore {
  let cached: { text: string; identity: DeviceIdentity; stamp: string | undefined } | undefined;
  const reached = (identity: DeviceIdentity): DeviceIdentity =>
    relayPorts === undefined ? identity : { ...identity, ports: relayPorts };
  const readText = (): string | undefined => readPrivateFile(path, fileCap)?.toString('utf8');
  const read = (): DeviceIdentity | undefined => {
    // Before it is read: what takes its place meanwhile is seen the next time.
    const stamp = stampOf(path);
    if (cached?.stamp !== undefined && cached.stamp === stamp) return cached.identity;
    const text = readText();
    if (text === undefined) return undefined;
    cached = { text, stamp, identity: cached?.text === text ? cached.identity : reached(parse(text)) };
    return cached.identity;
  };
  const required = (): DeviceIdentity => {
    const identity = read();
    if (!identity) throw fail('not-enrolled');
    return identity;
  };
  const write = (identity: Omit<IdentityFile, 'v'>): DeviceIdentity => {
    const text = `${JSON.stringify({ v: 1, ...identity }, undefined, 2)}\n`;
    const parsed = reached(parse(text));
    writePrivateFile(path, text);
    cached = { text, stamp: undefined, identity: parsed };
    return parsed;
  };
  return {
    read,
    required,
    write,
    find() {
      try {
        return read();
      } catch (error) {
        if (error instanceof SallyportError) return undefined;
        throw error;
      }
    },
    renew(certificate) {
      const text = readText();
      if (text === undefined) throw fail('not-enrolled');
      const { v: _, ...rest } = fileSchema.parse(JSON.parse(text));
      return write({ ...rest, certificate });
    },
  };
}

/** Tells one state of a file from another without opening it: that works also when the agent may open no more. */
function stampOf(path: string): string | undefined {
  let stat: BigIntStats | undefined;
  try {
    stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined; // Why not, reading it says.
  }
  return stat && [stat.dev, stat.ino, stat.size, stat.mode, stat.uid, stat.mtimeNs, stat.ctimeNs].join(' ');
}

function parse(text: string): DeviceIdentity {
  try {
    const file = fileSchema.parse(JSON.parse(text));
    const authority = parseAuthority(file.authority);
    const leaf = new X509Certificate(file.certificate);
    if (!leaf.checkIssued(authority.device) || !leaf.verify(authority.device.publicKey)) {
      throw damaged('its certificate is not of its authority');
    }
    const keySha256 = keySha256OfPem(file.key);
    if (!leaf.checkPrivateKey(createPrivateKey(file.key)))
      throw damaged('certificate and key do not belong together');
    return {
      id: file.id,
      host: file.host,
      ports: file.ports,
      authority,
      tls: {
        key: file.key,
        // The leaf alone: relay and representative have the intermediate, and two more certificates of every device
        // would be 15 KB of the relay's memory for each tunnel.
        certificate: file.certificate,
      },
      certificateSha256: certificateSha256(leaf),
      keySha256,
      notBefore: leaf.validFromDate.getTime(),
      notAfter: leaf.validToDate.getTime(),
    };
  } catch (error) {
    if (error instanceof SallyportError && error.code === 'identity-damaged') throw error;
    throw damaged(error instanceof SyntaxError ? 'it is not JSON' : 'its contents are not valid', error);
  }
}

const damaged = (reason: string, cause?: unknown): SallyportError =>
  fail('identity-damaged', { details: { reason }, cause });
