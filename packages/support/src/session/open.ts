import type { Random } from '@sallyport/protocol/environment';
import { exitCodes, SallyportError } from '@sallyport/protocol/errors';
import type { PortNumber } from '@sallyport/protocol/grant';
import { pause } from '../clock/pause.ts';
import { freshIdentity } from '../identity/index.ts';
import { openPins } from '../pins/index.ts';
import type { Caller } from '../relay/index.ts';
import { type Entry, enter } from './entry.ts';
import type { Notice } from './notice.ts';
import { askedOnce, type OtpSource } from './otp.ts';
import { beginSession, type Session } from './session.ts';

/** How long after a failure the next try begins. */
const lookAgainMs = 1_000;

export type OpenOptions = {
  readonly caller: Caller;
  readonly port: PortNumber;
  readonly otp: OtpSource;
  readonly random: Random;
  readonly notice: Notice;
  /** When this call began, in milliseconds since 1970. */
  readonly since: number;
  /** So long a relay or a device that cannot be reached is tried again. */
  readonly waitMs: number;
  readonly onApproval: Entry['onApproval'];
  readonly onPairingElsewhere?: () => void;
};

/**
 * Opens a session in the grant behind a port number; pairs first if that is still to be done. A relay or a device that
 * cannot be reached is tried again for `waitMs`. A refusal is not: it is an answer. Nor is anything after a pairing that
 * was begun: a one-time password is tried once for each time that a person wants it tried.
 *
 * @throws what reaching the relay and the device, pairing, and the device's decision throw, each with its leg
 */
export async function openSession(options: OpenOptions): Promise<Session> {
  const { notice } = options;
  const { clock, signal } = options.caller;
  const started = clock.monotonicMs();
  const { otp, onApproval, onPairingElsewhere } = options;
  // The notice makes way for whoever else has something to say, or to ask.
  const first =
    <A extends unknown[], R>(act: (...given: A) => R) =>
    (...given: A): R => {
      notice.back();
      return act(...given);
    };
  const polite = {
    ...options,
    otp: askedOnce({ atHand: otp.atHand, read: first(() => otp.read()) }),
    onApproval: first(onApproval),
    ...(onPairingElsewhere ? { onPairingElsewhere: first(onPairingElsewhere) } : {}),
  };
  let wasTried = false;
  const onPairing = (): void => {
    wasTried = true;
  };
  for (;;) {
    try {
      return await openOnce(polite, onPairing);
    } catch (error) {
      const waited = clock.monotonicMs() - started;
      if (wasTried || !isAway(error) || waited >= options.waitMs) {
        notice.end();
        throw error;
      }
      notice.waiting(error.message);
      await pause(clock, lookAgainMs, signal);
    }
  }
}

const isAway = (error: unknown): error is SallyportError =>
  error instanceof SallyportError && error.row.exit === exitCodes.unreachable && error.row.retryable;

async function openOnce(options: OpenOptions, onPairing: () => void): Promise<Session> {
  const { port, otp, random, notice, since, onApproval, onPairingElsewhere } = options;
  notice.connecting();
  const caller = { ...options.caller, identity: await freshIdentity(options.caller) };
  const pins = openPins(caller.data, caller.identity.key, caller.clock.wallMs());
  const entry: Entry = {
    caller,
    pins,
    port,
    otp,
    random,
    notice,
    since,
    onApproval,
    onPairing,
    ...(onPairingElsewhere ? { onPairingElsewhere } : {}),
  };
  return beginSession(await enter(entry), { caller, pins, random, notice });
}
