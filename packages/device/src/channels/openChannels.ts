import { channelLimit } from '@sallyport/protocol/channels';
import type { Clock } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { RecordingId } from '@sallyport/protocol/recording';
import { printable } from '@sallyport/protocol/text';
import type { TerminalSize } from '../processes/index.ts';
import type { Recording } from '../recordings/index.ts';
import { TerminalTap } from './terminalTap.ts';
import type { ChannelExit, ChannelKind, ChannelSummary, SessionRecord } from './types.ts';

/** A place that is not listed or recorded: an SSH connection, or a channel that nothing runs on yet. */
export type Reserved = { giveBack(): void };

/** One place among the channels of a session, from before its first await until it is closed. */
export type Place = {
  readonly id: number;
  /** Whether the session has ended, or the place was given back. */
  readonly over: boolean;
  /** The name of its recording, begun or not. */
  readonly recording: RecordingId | undefined;
  countIn(bytes: number): void;
  countOut(bytes: number): void;
  /** Lets people watch what the terminal on this channel shows, until the channel is closed. */
  tap(size: TerminalSize): TerminalTap;
  /** Ends this recording when the place is closed, which it may be already. */
  record(recording: Recording): void;
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
  readonly #open = new Map<
    number,
    { summary: ChannelSummary; place: Place; end: () => void; tap?: TerminalTap; recorded?: Recording }
  >();
  readonly #onWatched = new Set<() => void>();
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

  /** What the terminal on a channel shows; undefined if there is no such channel, or no terminal on it. */
  terminal(id: number): TerminalTap | undefined {
    return this.#open.get(id)?.tap;
  }

  /** Whether somebody watches a terminal. */
  get watched(): boolean {
    return [...this.#open.values()].some(({ tap }) => tap?.watched);
  }

  /** Calls `listener` when somebody begins to watch, or has stopped. @returns how to stop that */
  onWatched(listener: () => void): () => void {
    this.#onWatched.add(listener);
    return () => void this.#onWatched.delete(listener);
  }

  /**
   * Takes a place. `end` is called when the session ends while the channel is open.
   *
   * @param recording the name of the recording that will be made of it
   *
   * @throws channels-used-up, session-closed
   */
  open(kind: ChannelKind, what: string, end: () => void, recording?: RecordingId): Place {
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
      ...(recording === undefined ? {} : { recording }),
    };
    const open = this.#open;
    const place: Place = {
      id,
      recording,
      get over() {
        return !open.has(id);
      },
      countIn(bytes) {
        summary.bytesIn += bytes;
      },
      countOut(bytes) {
        summary.bytesOut += bytes;
      },
      tap: (size) => {
        const tap = new TerminalTap(size, () => {
          for (const listener of this.#onWatched) listener();
        });
        const entry = open.get(id);
        if (entry) entry.tap = tap;
        return tap;
      },
      record: (recorded) => {
        const entry = open.get(id);
        if (entry) entry.recorded = recorded;
        else recorded.end({ why: 'closed' });
      },
      close: (exit) => {
        const { tap, recorded } = open.get(id) ?? {};
        if (!open.delete(id)) return;
        tap?.end();
        const sealed = recorded?.end({ why: exit ? 'exit' : 'closed', exit });
        const { bytesIn, bytesOut } = summary;
        this.#record.channelClosed(id, {
          bytesIn,
          bytesOut,
          ...(exit ? { exit } : {}),
          ...(recorded && sealed ? { recording: { id: recorded.id, ...sealed } } : {}),
        });
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

  /** No other channel is opened from now on. */
  refuse(): void {
    this.#ended = true;
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
