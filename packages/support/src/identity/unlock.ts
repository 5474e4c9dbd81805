import { fail } from '../errors/index.ts';
import { identityWith, readPublicIdentity } from './file.ts';
import type { Identity, PublicIdentity } from './identity.ts';
import { type Keyring, noKeyring } from './keyring.ts';

/** How often a passphrase may be typed. */
const tries = 3;

/** Where the passphrase of a key comes from. */
export type PassphraseSource = {
  /** The operating system's keyring, asked first. */
  readonly keyring?: Keyring;
  /** From the environment: it is right or wrong, nobody is asked. */
  readonly given?: string | undefined;
  /** Asks a person; again, if what they typed was not it. @throws passphrase-needed where there is none */
  ask(again: boolean): Promise<string>;
};

/**
 * The identity of a data folder, its private key opened: by what the keyring has, else by the passphrase. Then the
 * keyring keeps what opens it: the key of this seal, not the passphrase, which may be good elsewhere, too.
 *
 * @throws not-logged-in, identity-damaged, passphrase-wrong, what `ask` throws
 */
export async function openIdentity(data: string, source: PassphraseSource): Promise<Identity> {
  const found = readPublicIdentity(data);
  return identityWith(data, found.sealed ? await openKey(found, source) : found.file.key);
}

/** @returns the private key, PKCS #8 PEM */
export async function openKey(identity: PublicIdentity, source: PassphraseSource): Promise<string> {
  const { openWithPassphrase, openWithWrap } = await import('@sallyport/protocol/sealedKey');
  const { keyring = noKeyring, given, ask } = source;
  const account = accountOf(identity);
  const kept = parseWrap(await keyring.read(account));
  const byKeyring = kept && openWithWrap(identity.file.key, kept);
  if (byKeyring !== undefined) return byKeyring;
  for (let tried = 0; tried < (given === undefined ? tries : 1); tried += 1) {
    const opened = await openWithPassphrase(identity.file.key, given ?? (await ask(tried > 0)));
    if (!opened) continue;
    await keyring.keep(account, formatWrap(opened.wrap));
    return opened.pem;
  }
  throw fail('passphrase-wrong', { leg: 'this-computer' });
}

/** Under which name the keyring keeps what opens this key. */
export const accountOf = ({ id, key }: PublicIdentity): string => `${id} ${key.slice(0, 16)}`;

type Wrap = { readonly salt: Buffer; readonly key: Buffer };
const wrapPattern = /^([A-Za-z0-9+/=]{1,100}):([A-Za-z0-9+/]{43}=)$/;

const formatWrap = ({ salt, key }: Wrap): string => `${salt.toString('base64')}:${key.toString('base64')}`;

function parseWrap(text: string | undefined): Wrap | undefined {
  const [, salt, key] = wrapPattern.exec(text ?? '') ?? [];
  if (salt === undefined || key === undefined) return undefined;
  return { salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}
