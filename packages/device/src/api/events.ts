import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '@sallyport/protocol/environment';
import { fail } from '@sallyport/protocol/errors';
import type { Agent } from '../agent/agent.ts';

/** Readers at once. */
const readerLimit = 32;
/** An `alive` after this much silence: a reader that hears nothing for twice as long has lost us. In milliseconds. */
const beatMs = 15_000;
/** Changes within this time are one event. In milliseconds. */
const gatherMs = 50;

/**
 * Live state as server-sent events: `snapshot` first, then `status` whenever something changed, each with all of the
 * state and an id; `alive` in between, an event since pages do not hear comments. A reader that is slow misses what is
 * out of date by then, and never the newest.
 */
export class EventStream {
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #readers = new Set<Reader>();
  #id = 0;
  #gathering: Timer | undefined;
  readonly #unwatch: () => void;

  constructor(agent: Agent, clock: Clock) {
    this.#agent = agent;
    this.#clock = clock;
    this.#unwatch = agent.watch(() => {
      this.#gathering ??= clock.after(gatherMs, () => {
        this.#gathering = undefined;
        this.#id += 1;
        for (const reader of this.#readers) reader.changed();
      });
    });
  }

  /** @throws rate-limited */
  serve(response: ServerResponse): void {
    if (this.#readers.size >= readerLimit) {
      throw fail('rate-limited', { details: { limit: `${readerLimit} readers of events` } });
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const reader = new Reader(response, this.#clock, () => ({
      id: this.#id,
      data: JSON.stringify(this.#agent.status()),
    }));
    this.#readers.add(reader);
    response.once('close', () => {
      reader.stop();
      this.#readers.delete(reader);
    });
  }

  close(): void {
    this.#unwatch();
    this.#gathering?.cancel();
    for (const reader of this.#readers) reader.end();
  }
}

class Reader {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #read: () => { id: number; data: string };
  #name: 'snapshot' | 'status' = 'snapshot';
  #behind = false;
  #beat: Timer | undefined;

  constructor(response: ServerResponse, clock: Clock, read: () => { id: number; data: string }) {
    this.#response = response;
    this.#clock = clock;
    this.#read = read;
    response.on('error', () => {});
    response.on('drain', () => {
      if (!this.#behind) return;
      this.#behind = false;
      this.changed();
    });
    this.changed();
  }

  changed(): void {
    if (this.#response.writableNeedDrain) {
      this.#behind = true;
      return;
    }
    const { id, data } = this.#read();
    this.#response.write(`id: ${id}\nevent: ${this.#name}\ndata: ${data}\n\n`);
    this.#name = 'status';
    this.#beat?.cancel();
    this.#beat = this.#clock.after(beatMs, () => this.#alive());
  }

  #alive(): void {
    if (!this.#response.writableNeedDrain) this.#response.write('event: alive\ndata: {}\n\n');
    this.#beat = this.#clock.after(beatMs, () => this.#alive());
  }

  stop(): void {
    this.#beat?.cancel();
  }

  end(): void {
    this.stop();
    this.#response.end();
  }
}
