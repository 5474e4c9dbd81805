import type { Duplex } from 'node:stream';
import type { Clock } from '@sallyport/protocol/environment';
import {
  type DeviceHalf,
  encodeReceiptMessage,
  type RepresentativeHalf,
  readReceiptMessages,
  type Signing,
  signingSchemas,
} from '@sallyport/protocol/receipt';

/** So long the other side may take to sign. Nobody waits for it to end processes. In milliseconds. */
export const signingMs = 400;
/** So long what says that the session ends may take on its way, before its channels are closed. */
const tellingMs = 50;

/** The channel `receipt` of one session, on the device: where its end is told, and the statement is signed. */
export class Settlement {
  readonly #clock: Clock;
  readonly #done: () => void;
  #channel: Duplex | undefined;
  #gone = false;
  #answer: (half: RepresentativeHalf | undefined) => void = () => {};

  /** @param done the representative wants the session to end */
  constructor(clock: Clock, done: () => void) {
    this.#clock = clock;
    this.#done = done;
  }

  /** Takes the channel; of several the first. @returns whether it did */
  serve(channel: Duplex): boolean {
    if (this.#channel) return false;
    this.#channel = channel;
    const hear = (message: Signing): void => {
      if (message.type === 'done') this.#done();
      else this.#answer(message.representative);
    };
    const lost = (): void => {
      this.#gone = true;
      this.#answer(undefined);
    };
    channel.once('close', lost);
    readReceiptMessages(channel, signingSchemas, hear, lost);
    return true;
  }

  get #open(): Duplex | undefined {
    return this.#channel && !this.#gone && this.#channel.writable ? this.#channel : undefined;
  }

  /** Says that the session ends now: before its channels do, so that the other side knows why they close. */
  async announce(why: string): Promise<void> {
    const channel = this.#open;
    if (!channel) return;
    await this.#within<void>(tellingMs, (resolve) => {
      channel.write(encodeReceiptMessage({ type: 'ending', why }), () => resolve());
    });
  }

  /** @returns the half of the representative; undefined if none came in time */
  async exchange(statement: string, device: DeviceHalf): Promise<RepresentativeHalf | undefined> {
    const channel = this.#open;
    if (!channel) return undefined;
    return this.#within<RepresentativeHalf | undefined>(signingMs, (resolve) => {
      this.#answer = resolve;
      channel.write(encodeReceiptMessage({ type: 'statement', statement, device }));
    });
  }

  #within<T>(ms: number, act: (resolve: (value: T | undefined) => void) => void): Promise<T | undefined> {
    return new Promise((resolve) => {
      const late = this.#clock.after(ms, () => resolve(undefined));
      act((value) => {
        late.cancel();
        resolve(value);
      });
    });
  }
}
