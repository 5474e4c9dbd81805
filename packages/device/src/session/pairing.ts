import { fail, SallyportError } from '@sallyport/protocol/errors';
import type { PortNumber } from '@sallyport/protocol/grant';
import { pairOnDevice } from '@sallyport/protocol/pairing';
import { approvalMs } from '../approval/index.ts';
import { type Grant, pinOf, triesLeft, type Who } from '../grant/index.ts';
import { mustHavePassword } from './checks.ts';
import type { Entrance } from './entry.ts';
import type { SessionsOptions } from './sessions.ts';

type PairingOptions = Pick<SessionsOptions, 'approvals' | 'audit' | 'grant' | 'random' | 'clock' | 'device'>;

/** Where representatives prove the OTP: approval first, then one run at a time in the grant. */
export class PairingDesk {
  readonly #options: PairingOptions;
  #busy = false;

  constructor(options: PairingOptions) {
    this.#options = options;
  }

  /**
   * Resolves when the pin is stored and the OTP spent.
   *
   * @param admit says again, after every wait, that the entrant may be in; throws if not
   * @throws otp-none, otp-void, approval-refused, approval-timed-out, pairing-busy, what `admit` and `pairOnDevice` throw
   */
  async pair(entrance: Entrance, port: PortNumber, admit: () => Grant): Promise<void> {
    const { peer } = entrance.arrival;
    const who = { key: peer.keySha256, representative: peer.id };
    const grant = admit();
    mustHavePassword(grant);
    if (grant.approval && !pinOf(grant, who.key)) {
      await this.#approve(entrance, who);
      mustHavePassword(admit());
    }
    if (this.#busy) throw fail('pairing-busy');
    this.#busy = true;
    try {
      await this.#prove(entrance, port, admit, who);
    } finally {
      this.#busy = false;
    }
  }

  /** Asks the person on site. Who hangs up is not asked for any longer. */
  async #approve({ channel, half, arrival }: Entrance, who: Who): Promise<void> {
    const { approvals, audit } = this.#options;
    const asked = { representative: who.representative, keySha256: who.key };
    channel.send({ type: 'wait', for: 'approval', seconds: approvalMs / 1_000 });
    audit('approval-asked-1', asked);
    const gone = new AbortController();
    const onClose = (): void => gone.abort(fail('connection-lost'));
    arrival.socket.once('close', onClose);
    try {
      await approvals.ask(who, AbortSignal.any([half.signal, gone.signal]));
    } catch (error) {
      if (error instanceof SallyportError && error.code === 'approval-timed-out') {
        audit('approval-timed-out-1', asked);
      }
      throw error;
    } finally {
      arrival.socket.off('close', onClose);
    }
  }

  /** One run of CPace. It counts as a failure from its start, until it is done. */
  async #prove(
    { channel, half, arrival }: Entrance,
    port: PortNumber,
    admit: () => Grant,
    who: Who,
  ): Promise<void> {
    const { grant: shell, random, clock, device } = this.#options;
    const { certificateSha256 } = arrival.peer;
    const { id } = admit();
    const { otp } = shell;
    if (!otp) throw fail('otp-none');
    const again = (): Grant => {
      const grant = admit();
      mustHavePassword(grant);
      // A new password was made meanwhile: what this run proves is the old one.
      if (grant.id !== id || shell.otp !== otp) throw fail('otp-void');
      return grant;
    };
    let counted = false;
    channel.send({ type: 'ready', grant: id, port });
    try {
      await pairOnDevice({
        channel,
        otp,
        grant: id,
        port,
        sessionId: arrival.exporter,
        own: { certificateSha256: device().certificateSha256 },
        peer: { certificateSha256 },
        random,
        clock,
        deadline: half.signal,
        record: {
          started: () => {
            again();
            shell.apply({ type: 'started', who });
            counted = true;
          },
          paired: () => {
            again();
            shell.apply({ type: 'paired', who, certificateSha256, at: clock.wallMs() });
            counted = false;
          },
          left: () => triesLeft(again(), who.key),
        },
      });
    } catch (error) {
      if (counted) shell.apply({ type: 'failed', who });
      throw error;
    }
  }
}
