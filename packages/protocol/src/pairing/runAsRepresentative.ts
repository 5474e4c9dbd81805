import type { Random } from '../environment/index.ts';
import { fromWireError } from '../errors/index.ts';
import { fromDeviceHelloSchemas, type HelloChannel } from '../session/index.ts';
import { drive } from './drive.ts';
import { associatedData, cpaceInputs, type PairingBinding, type PairingParty } from './inputs.ts';
import { toOctets, toText } from './octets.ts';
import {
  beginAsRepresentative,
  type RepresentativeEffect,
  type RepresentativeEvent,
  stepAsRepresentative,
} from './representative.ts';

export type RepresentativePairing = PairingBinding & {
  /** After `ready` came, which named the grant. Stays usable after a pairing. */
  channel: HelloChannel;
  own: PairingParty;
  peer: PairingParty;
  random: Random;
  /** Keeps the device's key as the pin of this grant; durable when it resolves. Called once `Tb` is proved right. */
  storePin: () => Promise<void>;
  /** Ends the wait for the device; give it the 10 s of a run and what the way takes. */
  deadline: AbortSignal;
};

const messages = {
  proof: fromDeviceHelloSchemas.proof,
  ok: fromDeviceHelloSchemas.ok,
  refused: fromDeviceHelloSchemas.refused,
} as const;

/**
 * Runs one pairing to its end, for one typed OTP; never tries again by itself. If this throws after `storePin` was
 * called, the device may be paired all the same: `open` on a new connection tells, and `not-paired` as its answer means
 * that the same OTP is still good.
 *
 * @throws pairing-failed when the device did not prove the OTP; otp-wrong likewise, if it says how many tries are left;
 *   what the device refuses with (leg `device`): otp-void, key-blocked, pairing-timed-out, grant-ended, …;
 *   connection-lost, timed-out, message-malformed; what `storePin` throws, as the cause of internal if it has no row
 */
export async function pairAsRepresentative(pairing: RepresentativePairing): Promise<void> {
  const { channel, deadline } = pairing;
  // The curve's code costs most of a start: loaded by a pairing, not by a command that only may come to one.
  const { startCpace } = await import('./cpace.ts');
  const own = associatedData('representative', pairing.own);
  const run = startCpace('a', cpaceInputs(pairing), own, pairing.random);

  const perform = async (effect: RepresentativeEffect): Promise<RepresentativeEvent | undefined> => {
    switch (effect.do) {
      case 'send-share':
        channel.send({ type: 'share', share: toText(effect.share) });
        return undefined;
      case 'store':
        await pairing.storePin();
        return { on: 'stored' };
      case 'send-confirm':
        channel.send({ type: 'confirm', tag: toText(effect.tag) });
        return undefined;
      case 'send-mismatch':
        channel.send({ type: 'mismatch' });
        return undefined;
    }
  };

  const receive = async (): Promise<RepresentativeEvent> => {
    const message = await channel.receive(messages, { deadline });
    if (message.type === 'refused')
      return { on: 'refused', error: fromWireError(message.error).at('device') };
    if (message.type === 'ok') return { on: 'ok' };
    return { on: 'proof', share: toOctets(message.share), tag: toOctets(message.tag) };
  };

  const end = await drive({
    first: beginAsRepresentative(run, associatedData('device', pairing.peer)),
    step: stepAsRepresentative,
    perform,
    receive,
  });
  if (end.at === 'failed') throw end.error;
}
