import { join } from 'node:path';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { fail } from '../errors/index.ts';
import {
  type Identity,
  type IdentityFile,
  identityFileSchema,
  makeIdentity,
  type PublicIdentity,
  publicIdentity,
} from './identity.ts';

const fileCap = 64 * 1024;
const fileOf = (data: string): string => join(data, 'identity.json');

/** Who is logged in here, without the private key. @throws not-logged-in, identity-damaged, and what a wrong owner or mode of the file throws */
export function readPublicIdentity(data: string): PublicIdentity {
  return readFile(data, publicIdentity);
}

/** @throws as above; passphrase-needed if the key is under one */
export function readIdentity(data: string): Identity {
  const { file, sealed } = readPublicIdentity(data);
  if (sealed) throw fail('passphrase-needed', { leg: 'this-computer' });
  return identityWith(data, file.key);
}

/** The identity of a file whose key was opened. @throws identity-damaged if it is another one's key */
export function identityWith(data: string, key: string): Identity {
  return readFile(data, (file) => makeIdentity(file, key));
}

function readFile<T>(data: string, make: (file: IdentityFile) => T): T {
  const file = fileOf(data);
  const contents = readPrivateFile(file, fileCap);
  if (!contents) throw fail('not-logged-in', { details: { folder: data }, leg: 'this-computer' });
  try {
    return make(identityFileSchema.parse(JSON.parse(contents.toString('utf8'))));
  } catch (cause) {
    const reason = 'its parts are damaged, or do not belong together';
    throw fail('identity-damaged', { details: { file, reason }, cause, leg: 'this-computer' });
  }
}

/** Whole or not at all: key, certificate and authority are one file. Durable when it returns. */
export function writeIdentity(data: string, identity: IdentityFile): void {
  writePrivateFile(fileOf(data), `${JSON.stringify(identity, null, 2)}\n`);
}
