import type { Random } from '@sallyport/protocol/environment';
import type { PortNumber } from '@sallyport/protocol/grant';
import { freshIdentity } from '../identity/index.ts';
import { openPins } from '../pins/index.ts';
import type { Caller } from '../relay/index.ts';
import { type Entry, enter } from './entry.ts';
import type { Notice } from './notice.ts';
import type { OtpSource } from './otp.ts';
import { beginSession, type Session } from './session.ts';

export type OpenOptions = {
  readonly caller: Caller;
  readonly port: PortNumber;
  readonly otp: OtpSource;
  readonly random: Random;
  readonly notice: Notice;
  /** When this call began, in milliseconds since 1970. */
  readonly since: number;
  readonly onApproval: Entry['onApproval'];
  readonly onPairingElsewhere?: () => void;
};

/**
 * Opens a session in the grant behind a port number; pairs first if that is still to be done.
 *
 * @throws what reaching the relay and the device, pairing, and the device's decision throw, each with its leg
 */
export async function openSession(options: OpenOptions): Promise<Session> {
  const { port, otp, random, notice, since, onApproval, onPairingElsewhere } = options;
  const caller = { ...options.caller, identity: await freshIdentity(options.caller) };
  const pins = openPins(caller.data, caller.identity.key, caller.clock.wallMs());
  const entry: Entry = {
    caller,
    pins,
    port,
    otp,
    random,
    since,
    onApproval,
    ...(onPairingElsewhere ? { onPairingElsewhere } : {}),
  };
  return beginSession(await enter(entry), { caller, pins, random, notice });
}
