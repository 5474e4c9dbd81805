import type { Clock, Random } from '@sallyport/protocol/environment';
import { fail, type SallyportError } from '@sallyport/protocol/errors';
import { makeTicket, type Ticket } from '@sallyport/protocol/grant';
import { halfSessionMs, halfSessionsPerDevice, halfSessionsPerRepresentative } from '../limits.ts';
import type { SessionParties } from './live.ts';
import type { Half } from './splice.ts';

/** What a half session ends with. */
export type Answer = { readonly half: Half } | { readonly error: SallyportError };
type Waiting = { readonly parties: SessionParties; settle(answer: Answer): void };

/**
 * Representatives' halves that wait at this node for the device's. A ticket is a key of this map or it is worth nothing:
 * taking it removes it, so it works once; it is bound to the device that was told of it, and gone after ten seconds.
 */
export class WaitingHalves {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #waiting = new Map<Ticket, Waiting>();
  #whenEmpty: (() => void)[] = [];

  constructor({ clock, random }: { clock: Clock; random: Random }) {
    this.#clock = clock;
    this.#random = random;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Makes a ticket and waits for who brings it. `onAnswer` is called once, in the same turn in which the ticket stops
   * being good: there is no moment in which a revocation finds the session neither here nor among the live ones.
   *
   * @returns the ticket, and `abandon`: the representative has gone
   * @throws device-busy when the representative or the device has too many already
   */
  open(parties: SessionParties, onAnswer: (answer: Answer) => void): { ticket: Ticket; abandon(): void } {
    this.#requireRoom(parties);
    const ticket = makeTicket(this.#random);
    const settle = (answer: Answer): void => {
      if (!this.#waiting.delete(ticket)) return;
      timer.cancel();
      onAnswer(answer);
      if (this.#waiting.size === 0) for (const tell of this.#whenEmpty.splice(0)) tell();
    };
    const timer = this.#clock.after(halfSessionMs, () => {
      const details = { seconds: halfSessionMs / 1_000 };
      settle({ error: fail('device-no-answer', { details, leg: 'to-device' }) });
    });
    this.#waiting.set(ticket, { parties, settle });
    return { ticket, abandon: () => settle({ error: fail('connection-lost') }) };
  }

  /** The device has come: its half goes to the one that waits. @throws ticket-unknown */
  join(ticket: Ticket, device: string, half: Half): void {
    const waiting = this.#waiting.get(ticket);
    if (waiting?.parties.device !== device) throw fail('ticket-unknown');
    waiting.settle({ half });
  }

  /** The device, or the node of its tunnel, will not come. A ticket that is not the device's own is left alone. */
  decline(ticket: Ticket, device: string, error: SallyportError): void {
    const waiting = this.#waiting.get(ticket);
    if (waiting?.parties.device === device) waiting.settle({ error });
  }

  /** Gives up every half that `matches`. */
  refuse(error: SallyportError, matches: (parties: SessionParties) => boolean): void {
    for (const waiting of [...this.#waiting.values()]) {
      if (matches(waiting.parties)) waiting.settle({ error });
    }
  }

  whenEmpty(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  #requireRoom(parties: SessionParties): void {
    let ofRepresentative = 0;
    let ofDevice = 0;
    for (const waiting of this.#waiting.values()) {
      if (waiting.parties.representative === parties.representative) ofRepresentative += 1;
      if (waiting.parties.device === parties.device) ofDevice += 1;
    }
    if (ofRepresentative >= halfSessionsPerRepresentative || ofDevice >= halfSessionsPerDevice) {
      throw fail('device-busy', { leg: 'relay' });
    }
  }
}
