import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { fail } from '../errors/index.ts';
import { type Identity, type IdentityFile, identityFileSchema, makeIdentity } from './identity.ts';

const fileCap = 64 * 1024;
const fileOf = (data: string): string => join(data, 'identity.json');

/** @throws not-logged-in, identity-damaged, and what a wrong owner or mode of the file throws */
export function readIdentity(data: string): Identity {
  const file = fileOf(data);
  const contents = readPrivateFile(file, fileCap);
  if (!contents) throw fail('not-logged-in', { details: { folder: data }, leg: 'this-computer' });
  try {
    return makeIdentity(identityFileSchema.parse(JSON.parse(contents.toString('utf8'))));
  } catch (cause) {
    const reason = 'its parts are damaged, or do not belong together';
    throw fail('identity-damaged', { details: { file, reason }, cause, leg: 'this-computer' });
  }
}

/** Whole or not at all: key, certificate and authority are one file. Durable when it returns. */
export function writeIdentity(data: string, identity: IdentityFile): void {
  writePrivateFile(fileOf(data), `${JSON.stringify(identity, null, 2)}\n`);
}
