import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson } from '@sallyport/runtime/command';
import { login as logIn, readInvite } from '../identity/index.ts';
import { newPassphrase } from './passphrase.ts';
import { type CommonOptions, connecting, openData } from './start.ts';

type LoginOptions = CommonOptions & { readonly passphrase?: boolean; readonly passphraseFile?: string };

/** `login INVITE`. */
export async function login(invite: string, options: LoginOptions): Promise<void> {
  // First of all: nobody shall think of a passphrase for what is no invitation.
  readInvite(invite);
  const data = openData(options, true).path;
  const clock = systemClock();
  const signal = interruptSignal();
  const { passphraseFile } = options;
  const wanted = options.passphrase || passphraseFile !== undefined;
  const passphrase = wanted ? await newPassphrase(passphraseFile, signal) : undefined;
  const identity = await connecting(clock, () => logIn({ data, invite, clock, signal, passphrase }));
  const validUntil = new Date(identity.notAfter).toISOString();
  if (options.json)
    printJson({ id: identity.id, relay: identity.relay.host, validUntil, passphrase: wanted });
  else
    process.stdout.write(
      `You are ${identity.id} at ${identity.relay.host}. The certificate renews by itself.\n`,
    );
}
