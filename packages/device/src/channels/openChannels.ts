import { channelLimit } from '@sallyport/protocol/channels';
import type { Clock } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import type { ChannelExit, ChannelKind, ChannelSummary, SessionRecord } from './types.ts';

/** A place that is not listed or recorded: an SSH connection, or a channel that nothing runs on yet. */
export type Reserved = { giveBack(): void };

/** One place among the channels of a session, from before its first await until it is closed. */
export type Place = {
  readonly id: number;
  /** Whether the session has ended, or the place was given back. */
  readonly over: boolean;
  countIn(bytes: number): void;
  countOut(bytes: number): void;
  /** Gives the place back and writes the record. The second call does nothing. */
  close(exit?: ChannelExit): void;
};

/**
 * The channels of one session. At most 256 places are taken at once, whatever they are for; what has a place and a
 * name is listed and recorded. A channel that is closed is absent.
 */
export class OpenChannels {
  readonly #clock: Clock;
  readonly #record: SessionRecord;
  readonly #open = new Map<number, { summary: ChannelSummary; place: Place; end: () => void }>();
  #reserved = 0;
  #lastId = 0;
  #ended = false;
  #emptied: () => void = () => {};

  constructor(clock: Clock, record: SessionRecord) {
    this.#clock = clock;
    this.#record = record;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get taken(): number {
    return this.#open.size + this.#reserved;
  }

  list(): readonly ChannelSummary[] {
    return [...this.#open.values()].map(({ summary }) => ({ ...summary }));
  }

  /**
   * Takes a place. `end` is called when the session ends while the channel is open.
   *
   * @throws channels-used-up, session-closed
   */
  open(kind: ChannelKind, what: string, end: () => void): Place {
    this.#makeRoom();
    this.#lastId += 1;
    const id = this.#lastId;
    const summary = {
      id,
      kind,
      what: printable(what),
      since: this.#clock.wallMs(),
      bytesIn: 0,
      bytesOut: 0,
    };
    const open = this.#open;
    const place: Place = {
      id,
      get over() {
        return !open.has(id);
      },
      countIn(bytes) {
        summary.bytesIn += bytes;
      },
      countOut(bytes) {
        summary.bytesOut += bytes;
      },
      close: (exit) => {
        if (!open.delete(id)) return;
        const { bytesIn, bytesOut } = summary;
        this.#record.channelClosed(
          id,
          exit === undefined ? { bytesIn, bytesOut } : { bytesIn, bytesOut, exit },
        );
        if (open.size === 0) this.#emptied();
      },
    };
    open.set(id, { summary, place, end });
    this.#record.channelOpened({ ...summary });
    return place;
  }

  /** Takes a place without a name. @throws channels-used-up, session-closed */
  reserve(): Reserved {
    this.#makeRoom();
    this.#reserved += 1;
    let given = false;
    return {
      giveBack: () => {
        if (!given) this.#reserved -= 1;
        given = true;
      },
    };
  }

  #makeRoom(): void {
    if (this.#ended) throw fail('session-closed');
    if (this.taken >= channelLimit) {
      throw fail('channels-used-up', { details: { limit: channelLimit } });
    }
  }

  /** Ends every channel; no other is opened from now on. Resolves when all are closed and recorded. */
  end(): Promise<void> {
    this.#ended = true;
    for (const { end } of [...this.#open.values()]) end();
    return new Promise((resolve) => {
      this.#emptied = resolve;
      if (this.#open.size === 0) resolve();
    });
  }

  /** Closes what has not closed by itself. */
  abandon(): void {
    for (const { place } of [...this.#open.values()]) place.close();
  }
}
