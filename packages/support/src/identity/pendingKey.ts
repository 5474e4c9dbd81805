import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeKeyAndRequest } from '@sallyport/protocol/identity';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import { fail } from '../errors/index.ts';
import { sealedBy } from './passphrase.ts';

/** A key that waits for its certificate. */
export type PendingKey = {
  /** PKCS #8, opened. */
  readonly key: string;
  /** As it lies on the disk: under the passphrase, if there is one. */
  readonly stored: string;
  readonly request: string;
  /** The invitation is worth nothing for it: the next login makes another one. */
  forget(): void;
};

const pem = z.string().max(8_192).startsWith('-----BEGIN ');
const fileSchema = z.object({ v: z.literal(1), key: pem, request: pem });
const fileCap = 32 * 1024;

/**
 * The key with which an invitation is answered: made at the first login, and kept until that is done. The relay may have
 * spent the invitation for it while its answer was lost; to the same key it answers again. The file is named by a hash
 * of the secret, so another invitation has another key. Under a passphrase it is so from the beginning.
 *
 * @throws passphrase-short; passphrase-needed, passphrase-wrong where a key waits under another one
 */
export async function pendingKey(
  data: string,
  secret: string,
  passphrase: string | undefined,
): Promise<PendingKey> {
  const file = join(data, `login-${markOf(secret)}.json`);
  const forget = (): void => rmSync(file, { force: true });
  const kept = readKept(file);
  if (kept) return { ...(await opened(kept, passphrase)), request: kept.request, forget };
  const { key, request } = await makeKeyAndRequest();
  const stored = passphrase === undefined ? key : await sealedBy(key, passphrase);
  writePrivateFile(file, JSON.stringify({ v: 1, key: stored, request }));
  return { key, stored, request, forget };
}

async function opened(
  { key: stored }: { key: string },
  passphrase: string | undefined,
): Promise<{ key: string; stored: string }> {
  const { isSealed, openWithPassphrase } = await import('@sallyport/protocol/sealedKey');
  if (!isSealed(stored)) {
    return { key: stored, stored: passphrase === undefined ? stored : await sealedBy(stored, passphrase) };
  }
  if (passphrase === undefined) throw fail('passphrase-needed', { leg: 'this-computer' });
  const key = await openWithPassphrase(stored, passphrase);
  if (!key) throw fail('passphrase-wrong', { leg: 'this-computer' });
  return { key: key.pem, stored };
}

/** By what an invitation is known again. Its secret is random, and worth nothing once it was used. */
export const markOf = (secret: string): string =>
  createHash('sha256').update(secret).digest('hex').slice(0, 16);

/** A login is done: no key waits any more, those of other invitations that were never used included. */
export function forgetPendingKeys(data: string): void {
  for (const name of readdirSync(data)) {
    if (/^login-[0-9a-f]{16}\.json$/.test(name)) rmSync(join(data, name), { force: true });
  }
}

function readKept(file: string): { key: string; request: string } | undefined {
  const contents = readPrivateFile(file, fileCap);
  if (!contents) return undefined;
  try {
    const { key, request } = fileSchema.parse(JSON.parse(contents.toString('utf8')));
    return { key, request };
  } catch {
    return undefined; // Damaged: another key is as good.
  }
}
