import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import type { Clock, Log, Random } from '@sallyport/protocol/environment';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { builtAtMs } from '../build.ts';
import { fail } from '../errors/index.ts';

const cap = 64 * 1024;
/** A certificate of our own is made anew when it has less than this to go, in milliseconds. */
const renewMs = 30 * 24 * 3_600_000;

/** Where a certificate for the web interface comes from: files that somebody supplied, or the device itself. */
export type CertificateSource =
  | { readonly certificate: string; readonly key: string }
  | { readonly own: (name: string) => string; readonly names: readonly string[] };

export type WebCertificate = {
  identity(): TlsIdentity;
  /** SHA-256 of the certificate as browsers show it: `AB:CD:…`. */
  fingerprint(): string;
  /** The host names and addresses that it is for, in lower case. */
  names(): readonly string[];
  readonly supplied: boolean;
  /** Looks whether there is a newer one, or has to be. @returns whether there is */
  refresh(): Promise<boolean>;
};

type Loaded = { readonly identity: TlsIdentity; readonly leaf: X509Certificate };

/** @throws web-certificate-invalid, folder-… */
export async function loadWebCertificate(
  source: CertificateSource,
  environment: { readonly clock: Clock; readonly random: Random; readonly log: Log },
): Promise<WebCertificate> {
  const load = 'own' in source ? () => ownCertificate(source, environment) : () => suppliedFiles(source);
  let loaded = await load();
  return {
    identity: () => loaded.identity,
    fingerprint: () => loaded.leaf.fingerprint256,
    names: () => namesOf(loaded.leaf),
    supplied: !('own' in source),
    async refresh() {
      try {
        const now = await load();
        if (now.leaf.fingerprint256 === loaded.leaf.fingerprint256) return false;
        loaded = now;
        return true;
      } catch (error) {
        environment.log.warn('web-certificate-not-read-1', { error });
        return false;
      }
    },
  };
}

/** Whether a certificate that somebody hands in can be used, at this time or the time of this build. @throws web-certificate-invalid */
export function mustBeUsable(certificate: string, key: string, clock: Clock): void {
  const { leaf } = parse(certificate, key);
  const now = Math.max(clock.wallMs(), builtAtMs);
  const day = (date: Date): string => date.toISOString().slice(0, 10);
  const invalid = (reason: string): Error => fail('web-certificate-invalid', { details: { reason } });
  if (leaf.validToDate.getTime() <= now) throw invalid(`it ran out on ${day(leaf.validToDate)}`);
  if (leaf.validFromDate.getTime() > now) throw invalid(`it is not valid before ${day(leaf.validFromDate)}`);
}

async function suppliedFiles({ certificate, key }: { certificate: string; key: string }): Promise<Loaded> {
  return parse(readSupplied(certificate), readSupplied(key));
}

function readSupplied(path: string): string {
  try {
    if (statSync(path).size > cap) throw new Error('it is too large');
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw fail('web-certificate-invalid', {
      details: { reason: `${path} cannot be read: ${reason}` },
      cause,
    });
  }
}

/** @throws web-certificate-invalid */
function parse(certificate: string, key: string): Loaded {
  const invalid = (reason: string, cause?: unknown): Error =>
    fail('web-certificate-invalid', { details: { reason }, cause });
  let leaf: X509Certificate;
  try {
    leaf = new X509Certificate(certificate);
  } catch (cause) {
    throw invalid('the certificate is none in PEM', cause);
  }
  try {
    if (!leaf.checkPrivateKey(createPrivateKey(key))) throw invalid('the key is that of another certificate');
  } catch (cause) {
    if (cause instanceof Error && cause.name === 'SallyportError') throw cause;
    throw invalid('the key is none in PEM, or has a password', cause);
  }
  return { identity: { key, certificate }, leaf };
}

/** The one in the data folder; made when there is none, it is about to run out, or it is for other names. */
async function ownCertificate(
  { own, names }: { own: (name: string) => string; names: readonly string[] },
  { clock, random }: { clock: Clock; random: Random },
): Promise<Loaded> {
  const now = clock.wallMs();
  const read = (name: string): string => readPrivateFile(own(name), cap)?.toString('utf8') ?? '';
  const [certificate, key] = [read('web.crt'), read('web.key')];
  if (certificate !== '' && key !== '') {
    const found = parse(certificate, key);
    const known = namesOf(found.leaf);
    const good =
      found.leaf.validToDate.getTime() - now > renewMs && names.every((name) => known.includes(name));
    if (good) return found;
  }
  // The module that writes certificates is large; most starts find one that is good.
  const { makeWebCertificate, webCertificateMs } = await import('@sallyport/protocol/issue');
  const made = await makeWebCertificate({
    names: [
      ...new Set([...names, hostname().toLowerCase(), 'localhost', '127.0.0.1', '::1', ...ownAddresses()]),
    ],
    // A device whose clock stands in 1970 has a certificate that browsers take all the same.
    now: Math.min(now, builtAtMs),
    until: Math.max(now, builtAtMs) + webCertificateMs,
    random,
  });
  writePrivateFile(own('web.key'), made.key);
  writePrivateFile(own('web.crt'), made.certificate);
  return parse(made.certificate, made.key);
}

/** Every address by which this machine can be reached at this moment, without zones. */
export const ownAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flatMap((found) => found ?? [])
    .filter(({ address, internal }) => !internal && !/^fe80:/i.test(address))
    .map(({ address }) => address.toLowerCase());

function namesOf(leaf: X509Certificate): string[] {
  return (leaf.subjectAltName ?? '')
    .split(/, ?/)
    .map((entry) => /^(?:DNS|IP Address):(.+)$/.exec(entry)?.[1]?.toLowerCase())
    .filter((name) => name !== undefined);
}
