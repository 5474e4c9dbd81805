import { fail, type SallyportError } from '../errors/index.ts';
import type { CpaceResult, CpaceRun } from './cpace.ts';

/**
 * Pairing on the device (design, section 4, step 6). A run that was counted and did not end as paired stays counted as
 * a failure: whoever learns whether a guess was right has paid for it before.
 *
 *   waiting    --share-->       counting      the failure is written before the proof exists on the wire
 *   waiting    --bad share-->   failed        no guess was made, so none is counted
 *   waiting    --confirm-->     failed        out of turn
 *   waiting    --mismatch-->    failed
 *   waiting    --timeout-->     failed
 *   waiting    --broken-->      failed
 *   counting   --counted-->     confirming    the proof is sent
 *   counting   --broken-->      failed
 *   confirming --confirm-->     storing       the pin is written, the OTP spent, the failure taken back
 *   confirming --bad confirm--> failed
 *   confirming --mismatch-->    failed
 *   confirming --share-->       failed        one guess a run
 *   confirming --timeout-->     failed
 *   confirming --broken-->      failed
 *   storing    --stored-->      paired        `ok` is sent; if it is lost, the pin is there on both sides
 *   storing    --broken-->      failed        the pin could not be written
 *
 * Whatever is not listed leaves the state as it is and does nothing: no message is read and no timer counts while a
 * write is under way, and nothing changes an end.
 */
export type DeviceState =
  | { readonly at: 'waiting'; readonly run: CpaceRun; readonly representative: Uint8Array }
  | { readonly at: 'counting'; readonly share: Uint8Array; readonly result: CpaceResult }
  | { readonly at: 'confirming'; readonly result: CpaceResult; readonly left: number }
  | { readonly at: 'storing' }
  | { readonly at: 'paired' }
  | { readonly at: 'failed'; readonly error: SallyportError };

export type DeviceEvent =
  /** `Ya`. */
  | { readonly on: 'share'; readonly share: Uint8Array }
  /** The failure is written. `left`: further tries of this key, should this one fail. */
  | { readonly on: 'counted'; readonly left: number }
  /** `Ta`. */
  | { readonly on: 'confirm'; readonly tag: Uint8Array }
  /** The representative says that `Tb` does not fit its OTP. */
  | { readonly on: 'mismatch' }
  | { readonly on: 'stored' }
  | { readonly on: 'timeout' }
  /** The connection, the other side's message, or a write of ours failed. */
  | { readonly on: 'broken'; readonly error: SallyportError };

export type DeviceEffect =
  /** Write failure + 1, then say `counted`. */
  | { readonly do: 'count' }
  /** From here on 10 s. */
  | { readonly do: 'start-timer' }
  | { readonly do: 'send-proof'; readonly share: Uint8Array; readonly tag: Uint8Array }
  /** In one transaction: pin, OTP spent, failure taken back; then say `stored`. */
  | { readonly do: 'store' }
  | { readonly do: 'send-ok' }
  | { readonly do: 'send-refused'; readonly error: SallyportError };

export type DeviceStep = { readonly state: DeviceState; readonly effects: readonly DeviceEffect[] };

/** From `Ya` to `Ta`; and as long for `Ya` to come, since one run at a time holds the grant's pairing. */
export const pairingRunMs = 10_000;

/** @param representative the associated data of the other side */
export function beginOnDevice(run: CpaceRun, representative: Uint8Array): DeviceStep {
  return { state: { at: 'waiting', run, representative }, effects: [{ do: 'start-timer' }] };
}

const to = (state: DeviceState, ...effects: DeviceEffect[]): DeviceStep => ({ state, effects });
const failed = (error: SallyportError): DeviceStep =>
  to({ at: 'failed', error }, { do: 'send-refused', error });

export function stepOnDevice(state: DeviceState, event: DeviceEvent): DeviceStep {
  switch (state.at) {
    case 'waiting':
      if (event.on === 'share') return takeShare(state, event.share);
      if (event.on === 'confirm' || event.on === 'mismatch') return failed(outOfTurn(event.on));
      if (event.on === 'timeout') return failed(timedOut());
      if (event.on === 'broken') return failed(event.error);
      return to(state);
    case 'counting':
      if (event.on === 'counted') {
        return to(
          { at: 'confirming', result: state.result, left: event.left },
          { do: 'send-proof', share: state.share, tag: state.result.tag },
        );
      }
      if (event.on === 'broken') return failed(event.error);
      return to(state);
    case 'confirming':
      if (event.on === 'confirm' && state.result.accepts(event.tag))
        return to({ at: 'storing' }, { do: 'store' });
      if (event.on === 'confirm' || event.on === 'mismatch') {
        return failed(fail('otp-wrong', { details: { left: state.left } }));
      }
      if (event.on === 'share') return failed(outOfTurn(event.on));
      if (event.on === 'timeout') return failed(timedOut());
      if (event.on === 'broken') return failed(event.error);
      return to(state);
    case 'storing':
      if (event.on === 'stored') return to({ at: 'paired' }, { do: 'send-ok' });
      if (event.on === 'broken') return failed(event.error);
      return to(state);
    case 'paired':
    case 'failed':
      return to(state);
  }
}

function takeShare(state: Extract<DeviceState, { at: 'waiting' }>, share: Uint8Array): DeviceStep {
  const result = state.run.finish({ share, associated: state.representative });
  if (!result)
    return failed(fail('message-malformed', { details: { reason: 'share: not one of the group' } }));
  return to({ at: 'counting', share: state.run.share, result }, { do: 'start-timer' }, { do: 'count' });
}

const outOfTurn = (type: string): SallyportError => fail('message-unknown', { details: { type } });
const timedOut = (): SallyportError =>
  fail('pairing-timed-out', { details: { seconds: pairingRunMs / 1_000 } });
