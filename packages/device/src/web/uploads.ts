import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, Log } from '@sallyport/protocol/environment';
import { writePrivateFile } from '@sallyport/runtime/folder';
import { mustBeUsable } from './certificate.ts';

/** Where an uploaded certificate and its key are kept. */
export const filesOf = (
  folder: string,
  id: string,
): { readonly certificate: string; readonly key: string } => ({
  certificate: join(folder, `web-${id}.crt`),
  key: join(folder, `web-${id}.key`),
});

/** Keeps a certificate and its key, for this user alone. @returns its id. @throws web-certificate-invalid, folder-unusable */
export function storeUpload(
  { certificate, key }: { readonly certificate: string; readonly key: string },
  id: string,
  { folder, clock }: { readonly folder: string; readonly clock: Clock },
): string {
  mustBeUsable(certificate, key, clock);
  const files = filesOf(folder, id);
  writePrivateFile(files.key, key);
  writePrivateFile(files.certificate, certificate);
  return id;
}

/** Removes all but those of these ids. Never throws. */
export function removeUploads(
  used: readonly string[],
  { folder, log }: { readonly folder: string; readonly log: Log },
): void {
  try {
    for (const name of readdirSync(folder)) {
      const id = /^web-([0-9a-f]{16})\.(crt|key)$/.exec(name)?.[1];
      if (id !== undefined && !used.includes(id)) rmSync(join(folder, name), { force: true });
    }
  } catch (error) {
    log.warn('web-files-not-removed-1', { error });
  }
}
