import { fail, type SallyportError } from '../errors/index.ts';
import type { CpaceRun } from './cpace.ts';

/**
 * Pairing at the representative (design, section 4, step 6). The pin is stored before `Ta` is sent: once the device
 * can have spent the OTP, this side is paired, whatever is lost after that. Nothing but a right `Tb` leads to a pin.
 *
 *   proving    --proof-->     storing       Tb is right: the device knows the OTP
 *   proving    --bad proof--> doubting      Tb is wrong: told to the device, which says how many tries are left
 *   proving    --bad share--> failed
 *   proving    --ok-->        failed        a device cannot say "paired" before it proved the OTP
 *   proving    --refused-->   failed
 *   proving    --broken-->    failed
 *   storing    --stored-->    confirming    the tag is sent
 *   storing    --broken-->    failed        the pin could not be written: the OTP is still unspent
 *   doubting   --refused-->   failed        with the device's word on the tries that are left
 *   doubting   --broken-->    failed        without it
 *   doubting   --proof-->     failed        one guess a run
 *   doubting   --ok-->        failed
 *   confirming --ok-->        paired
 *   confirming --proof-->     failed
 *   confirming --refused-->   failed
 *   confirming --broken-->    failed        perhaps paired: `open` tells
 *
 * Whatever is not listed leaves the state as it is and does nothing: no message is read while the pin is being
 * written, and nothing changes an end.
 */
export type RepresentativeState =
  | { readonly at: 'proving'; readonly run: CpaceRun; readonly device: Uint8Array }
  | { readonly at: 'storing'; readonly tag: Uint8Array }
  | { readonly at: 'doubting' }
  | { readonly at: 'confirming' }
  | { readonly at: 'paired' }
  | { readonly at: 'failed'; readonly error: SallyportError };

export type RepresentativeEvent =
  /** `Yb` and `Tb`. */
  | { readonly on: 'proof'; readonly share: Uint8Array; readonly tag: Uint8Array }
  | { readonly on: 'stored' }
  | { readonly on: 'ok' }
  | { readonly on: 'refused'; readonly error: SallyportError }
  /** The connection, the other side's message, the deadline, or a write of ours failed. */
  | { readonly on: 'broken'; readonly error: SallyportError };

export type RepresentativeEffect =
  | { readonly do: 'send-share'; readonly share: Uint8Array }
  /** Store the pin, then say `stored`. */
  | { readonly do: 'store' }
  | { readonly do: 'send-confirm'; readonly tag: Uint8Array }
  | { readonly do: 'send-mismatch' };

export type RepresentativeStep = {
  readonly state: RepresentativeState;
  readonly effects: readonly RepresentativeEffect[];
};

/** @param device the associated data of the other side */
export function beginAsRepresentative(run: CpaceRun, device: Uint8Array): RepresentativeStep {
  return { state: { at: 'proving', run, device }, effects: [{ do: 'send-share', share: run.share }] };
}

const to = (state: RepresentativeState, ...effects: RepresentativeEffect[]): RepresentativeStep => ({
  state,
  effects,
});
const failed = (error: SallyportError): RepresentativeStep => to({ at: 'failed', error });

export function stepAsRepresentative(
  state: RepresentativeState,
  event: RepresentativeEvent,
): RepresentativeStep {
  switch (state.at) {
    case 'proving':
      if (event.on === 'proof') return takeProof(state, event);
      if (event.on === 'ok') return failed(fail('pairing-failed', { leg: 'device' }));
      if (event.on === 'refused' || event.on === 'broken') return failed(event.error);
      return to(state);
    case 'storing':
      if (event.on === 'stored') return to({ at: 'confirming' }, { do: 'send-confirm', tag: state.tag });
      if (event.on === 'broken') return failed(event.error);
      return to(state);
    case 'doubting':
      if (event.on === 'refused') return failed(countOf(event.error));
      if (event.on === 'broken') return failed(fail('pairing-failed', { leg: 'device', cause: event.error }));
      if (event.on === 'proof' || event.on === 'ok') return failed(fail('pairing-failed', { leg: 'device' }));
      return to(state);
    case 'confirming':
      if (event.on === 'ok') return to({ at: 'paired' });
      if (event.on === 'proof') return failed(fail('message-unknown', { details: { type: event.on } }));
      if (event.on === 'refused' || event.on === 'broken') return failed(event.error);
      return to(state);
    case 'paired':
    case 'failed':
      return to(state);
  }
}

function takeProof(
  state: Extract<RepresentativeState, { at: 'proving' }>,
  { share, tag }: Extract<RepresentativeEvent, { on: 'proof' }>,
): RepresentativeStep {
  const result = state.run.finish({ share, associated: state.device });
  if (!result)
    return failed(fail('message-malformed', { details: { reason: 'share: not one of the group' } }));
  if (!result.accepts(tag)) return to({ at: 'doubting' }, { do: 'send-mismatch' });
  return to({ at: 'storing', tag: result.tag }, { do: 'store' });
}

/** What the device may make of a wrong `Tb`: only that the OTP is wrong, and by how much. */
function countOf(error: SallyportError): SallyportError {
  return error.code === 'otp-wrong' ? error : fail('pairing-failed', { leg: 'device', cause: error });
}
