import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson } from '@sallyport/runtime/command';
import { login as logIn } from '../identity/index.ts';
import { type CommonOptions, connecting, openData } from './start.ts';

/** `login INVITE`. */
export async function login(invite: string, options: CommonOptions): Promise<void> {
  const data = openData(options, true).path;
  const clock = systemClock();
  const identity = await connecting(clock, () => logIn({ data, invite, clock, signal: interruptSignal() }));
  const validUntil = new Date(identity.notAfter).toISOString();
  if (options.json) printJson({ id: identity.id, relay: identity.relay.host, validUntil });
  else
    process.stdout.write(
      `You are ${identity.id} at ${identity.relay.host}. The certificate renews by itself.\n`,
    );
}
