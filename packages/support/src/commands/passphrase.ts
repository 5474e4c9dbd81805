import { interruptSignal, printJson, readSecret } from '@sallyport/runtime/command';
import { fail as ownFail } from '@sallyport/runtime/errors';
import { fail } from '../errors/index.ts';
import {
  accountOf,
  changePassphrase,
  mustBePassphrase,
  openKey,
  readPublicIdentity,
} from '../identity/index.ts';
import { askPassphrase, type CommonOptions, openData, passphraseSource } from './start.ts';

type PassphraseOptions = CommonOptions & {
  readonly remove?: boolean;
  readonly lock?: boolean;
  readonly passphraseFile?: string;
};

/** `passphrase`: puts the key under one, changes it, takes it away, or has the keyring forget it. */
export async function passphrase(options: PassphraseOptions): Promise<void> {
  const chosen = [options.remove, options.lock, options.passphraseFile !== undefined].filter(Boolean);
  if (chosen.length > 1) {
    const what = 'Only one of --remove, --lock and --passphrase-file can be given.';
    throw ownFail('wrong-use', { details: { what } });
  }
  const data = openData(options).path;
  const signal = interruptSignal();
  const before = readPublicIdentity(data);
  const { keyring, ...source } = passphraseSource(data, signal);
  if (options.lock) {
    await keyring?.forget(accountOf(before));
    tell(
      options,
      before.sealed,
      before.sealed
        ? 'The keyring has nothing of it any more: the passphrase is asked for again.'
        : 'Your key is under no passphrase, so that the keyring has nothing of it.',
    );
    return;
  }
  // Asked for even if the keyring knows it: who finds a computer unlocked shall not take the passphrase away.
  const key = before.sealed ? await openKey(before, source) : before.file.key;
  const next = options.remove ? undefined : await newPassphrase(options.passphraseFile, signal);
  await changePassphrase(data, key, next);
  await keyring?.forget(accountOf(before));
  if (next === undefined) tell(options, false, 'Your key is under no passphrase any more.');
  else tell(options, true, 'Your key is under this passphrase now.');
}

/** From a file, else asked for twice. @throws passphrase-short, passphrases-differ, passphrase-needed */
export async function newPassphrase(file: string | undefined, signal: AbortSignal): Promise<string> {
  if (file !== undefined) {
    return mustBePassphrase(await readSecret({ what: 'The passphrase', prompt: '', instead: '', file }));
  }
  const first = mustBePassphrase(await askPassphrase('New passphrase for your key: ', signal));
  const again = await askPassphrase('The same again: ', signal);
  if (again !== first) throw fail('passphrases-differ', { leg: 'this-computer' });
  return first;
}

function tell(options: PassphraseOptions, sealed: boolean, text: string): void {
  if (options.json) printJson({ passphrase: sealed });
  else process.stdout.write(`${text}\n`);
}
