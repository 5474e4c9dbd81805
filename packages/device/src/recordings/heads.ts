import type { Clock, Log, Timer } from '@sallyport/protocol/environment';
import type { RecordingId } from '@sallyport/protocol/recording';
import { headsAtOnce, type RecordingHeadNote, type ToRelay } from '@sallyport/protocol/tunnel';
import type { Recordings } from './recordings.ts';
import type { RecordingState } from './subject.ts';

/** How often the relay is told how far recordings are sealed, and how soon of one that has ended. In milliseconds. */
const everyMs = 60_000;
const soonMs = 500;
/** Recordings that wait for a relay that cannot be reached; the oldest go beyond. */
const waitingCap = 5_000;
/** Messages before the tunnel is closed: more of them would not fit into what may wait to be sent. */
const lastMessages = 8;

type Heads = Extract<ToRelay, { type: 'heads' }>;

export type HeadsOptions = {
  readonly recordings: Pick<Recordings, 'running' | 'sealAll' | 'onEnded'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Sends it to the relay. @returns whether there was a tunnel, and a relay that takes it */
  readonly send: (message: Heads) => boolean;
};

/**
 * Tells the relay how far recordings are sealed, so that nobody on the device can change afterwards what was sealed
 * before, root included: every minute, when a recording ends, and before the tunnel is closed. What the relay has not
 * answered for is told again.
 */
export class RecordingHeads {
  readonly #options: HeadsOptions;
  /** The newest of each recording that the relay does not have. */
  readonly #waiting = new Map<RecordingId, RecordingState>();
  /** The seal of each running recording that the relay has. */
  readonly #noted = new Map<RecordingId, number>();
  #sent: { readonly id: number; readonly states: readonly RecordingState[] } | undefined;
  #lastId = 0;
  #timer: Timer | undefined;
  #soon: Timer | undefined;
  #stopped = false;

  constructor(options: HeadsOptions) {
    this.#options = options;
    options.recordings.onEnded((state) => {
      this.#wait(state);
      // What ends with the last sessions of an agent that stops comes when there is no tunnel, and no database, any more.
      if (this.#stopped) return;
      this.#soon ??= options.clock.after(soonMs, () => this.#flush());
    });
  }

  start(): void {
    this.#stopped = false;
    this.#timer = this.#options.clock.after(everyMs, () => {
      this.#look();
      this.#flush();
      this.start();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#soon?.cancel();
  }

  /** There is a tunnel again: what an earlier one may have lost is told anew. */
  connected(): void {
    this.#sent = undefined;
    this.#flush();
  }

  /** The relay has stored what this message told. */
  noted(id: number): void {
    if (this.#sent?.id !== id) return;
    for (const state of this.#sent.states) {
      if (!state.end) this.#noted.set(state.id, state.seal);
      if (this.#waiting.get(state.id)?.seal === state.seal) this.#waiting.delete(state.id);
    }
    this.#sent = undefined;
    this.#flush();
  }

  /** The tunnel will be closed: all that is recorded until now is told, without waiting for answers. */
  last(): void {
    this.#look();
    for (let sent = 0; this.#waiting.size > 0 && sent < lastMessages; sent += 1) {
      const states = this.#next();
      if (!this.#send(states)) return;
      for (const { id } of states) this.#waiting.delete(id);
    }
  }

  #look(): void {
    const { recordings } = this.#options;
    recordings.sealAll();
    const running = recordings.running();
    for (const state of running) if (state.seal !== this.#noted.get(state.id)) this.#wait(state);
    const ids = new Set(running.map(({ id }) => id));
    for (const id of this.#noted.keys()) if (!ids.has(id)) this.#noted.delete(id);
  }

  #wait(state: RecordingState): void {
    this.#waiting.delete(state.id);
    this.#waiting.set(state.id, state);
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size <= waitingCap || oldest === undefined) return;
    this.#waiting.delete(oldest);
    this.#options.log.warn('recording-head-not-told-1', { recording: oldest });
  }

  #flush(): void {
    this.#soon?.cancel();
    this.#soon = undefined;
    if (this.#sent || this.#waiting.size === 0) return;
    const states = this.#next();
    if (this.#send(states)) this.#sent = { id: this.#lastId, states };
  }

  /** What goes into the next message: of one grant. */
  #next(): RecordingState[] {
    const [first] = this.#waiting.values();
    return [...this.#waiting.values()].filter(({ grant }) => grant === first?.grant).slice(0, headsAtOnce);
  }

  #send(states: readonly RecordingState[]): boolean {
    const [first] = states;
    if (!first) return false;
    this.#lastId += 1;
    const recordings = states.map(noteOf);
    return this.#options.send({ type: 'heads', id: this.#lastId, grant: first.grant, recordings });
  }
}

const noteOf = ({ id, session, seal, lines, bytes, sha256, end }: RecordingState): RecordingHeadNote => ({
  recording: id,
  session,
  seal,
  lines,
  bytes,
  sha256,
  end,
});
