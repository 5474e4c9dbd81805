import type { Clock, Random } from '../environment/index.ts';
import {
  type Deadline,
  deadlineAfter,
  fromRepresentativeSchemas,
  type HelloChannel,
  refuse,
} from '../session/index.ts';
import { beginOnDevice, type DeviceEffect, type DeviceEvent, pairingRunMs, stepOnDevice } from './device.ts';
import { drive } from './drive.ts';
import { associatedData, cpaceInputs, type PairingBinding, type PairingParty } from './inputs.ts';
import { toOctets, toText } from './octets.ts';

/**
 * What the device keeps of a run, each call durable when it returns. A call that throws ends the run. Both writers
 * look again whether the grant is open and the key not blocked: the run may have lasted since that was asked.
 */
export type PairingRecord = {
  /** Failure + 1 for this key and in all. Called before `Tb` is sent. */
  started(): void;
  /** In one transaction: the pin, the OTP spent, the failure of `started` taken back. */
  paired(): void;
  /** Further tries that this key has, the one under way counted as failed. */
  left(): number;
};

export type DevicePairing = PairingBinding & {
  /** After `ready` was sent. Stays usable after a pairing. */
  channel: HelloChannel;
  own: PairingParty;
  peer: PairingParty;
  random: Random;
  clock: Clock;
  record: PairingRecord;
  /** Ends the run at once, such as when the grant ends; by a SallyportError, which the representative is told. */
  deadline: AbortSignal;
};

const messages = {
  share: fromRepresentativeSchemas.share,
  confirm: fromRepresentativeSchemas.confirm,
  mismatch: fromRepresentativeSchemas.mismatch,
} as const;

/**
 * Runs one pairing to its end, from `share` to `ok`. Resolves when the pin is stored, whether or not `ok` arrives; every
 * failure but a lost connection has been told to the representative when this throws.
 *
 * @throws otp-wrong, pairing-timed-out, message-malformed, connection-lost, what `deadline` or `record` throw
 */
export async function pairOnDevice(pairing: DevicePairing): Promise<void> {
  const { channel, clock, deadline, record } = pairing;
  // The curve's code costs most of a start: loaded by a pairing, not by whoever may come to one.
  const { startCpace } = await import('./cpace.ts');
  const run = startCpace('b', cpaceInputs(pairing), associatedData('device', pairing.own), pairing.random);
  let timer: Deadline = deadlineAfter(clock, pairingRunMs);

  const perform = (effect: DeviceEffect): DeviceEvent | undefined => {
    switch (effect.do) {
      case 'start-timer':
        timer.cancel();
        timer = deadlineAfter(clock, pairingRunMs);
        return undefined;
      case 'count':
        record.started();
        return { on: 'counted', left: record.left() };
      case 'store':
        record.paired();
        return { on: 'stored' };
      case 'send-proof':
        channel.send({ type: 'proof', share: toText(effect.share), tag: toText(effect.tag) });
        return undefined;
      case 'send-ok':
        channel.send({ type: 'ok' });
        return undefined;
      case 'send-refused':
        refuse(channel, effect.error);
        return undefined;
    }
  };

  const receive = async (): Promise<DeviceEvent> => {
    const expired = timer.signal;
    try {
      const message = await channel.receive(messages, { deadline: AbortSignal.any([deadline, expired]) });
      deadline.throwIfAborted();
      if (message.type === 'share') return { on: 'share', share: toOctets(message.share) };
      if (message.type === 'confirm') return { on: 'confirm', tag: toOctets(message.tag) };
      return { on: 'mismatch' };
    } catch (error) {
      if (expired.aborted && !deadline.aborted) return { on: 'timeout' };
      throw error;
    }
  };

  try {
    const end = await drive({
      first: beginOnDevice(run, associatedData('representative', pairing.peer)),
      step: stepOnDevice,
      perform,
      receive,
    });
    if (end.at === 'failed') throw end.error;
  } finally {
    timer.cancel();
  }
}
