import type { Random } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import type { Otp, PortNumber } from '@sallyport/protocol/grant';
import { pairAsRepresentative } from '@sallyport/protocol/pairing';
import { deadlineAfter } from '@sallyport/protocol/session';
import { pairingSessionId } from '@sallyport/protocol/tls';
import type { Identity } from '../identity/index.ts';
import type { Pin, PinFolder } from '../pins/index.ts';
import { askPair, type Hello } from './hello.ts';

/** The 10 s of a run, and what the way takes. */
const runMs = 15_000;

export type PairingTerms = {
  readonly identity: Identity;
  readonly pins: PinFolder;
  readonly port: PortNumber;
  readonly otp: Otp;
  readonly random: Random;
};

/**
 * Exactly one run for one typed one-time password, on this connection. The pin is on the disk before the device can
 * know that the password was right (design, section 4, step 6).
 *
 * @throws otp-wrong, otp-none, otp-void, pairing-failed, approval-refused, … with their leg
 */
export async function pair(hello: Hello, terms: PairingTerms): Promise<Pin> {
  const { identity, pins, port, otp, random } = terms;
  const { connection, channel, clock } = hello;
  const ready = await askPair(hello, port);
  const pin: Pin = {
    v: 1,
    grant: ready.grant,
    port,
    device: connection.peer.id,
    deviceKey: connection.peer.keySha256,
    ownKey: identity.key,
    pairedAt: clock.wallMs(),
  };
  const deadline = deadlineAfter(clock, runMs);
  const signals = hello.signal ? [deadline.signal, hello.signal] : [deadline.signal];
  try {
    await pairAsRepresentative({
      channel,
      otp,
      port,
      grant: ready.grant,
      sessionId: pairingSessionId(connection.socket),
      own: { certificateSha256: identity.certificateSha256 },
      peer: { certificateSha256: connection.peer.certificateSha256 },
      random,
      storePin: async () => pins.keep(pin),
      deadline: AbortSignal.any(signals),
    });
    return pin;
  } catch (error) {
    throw error instanceof SallyportError ? error.at('to-device') : error;
  } finally {
    deadline.cancel();
  }
}
