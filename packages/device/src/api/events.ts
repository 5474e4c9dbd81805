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

export type EventName = 'status' | 'connection-test' | 'network-trial' | 'web-trial';

/**
 * Live state as server-sent events: `snapshot` first, then `status` whenever something changed, each with all of the
 * state and an id; `connection-test` as a test goes on, with all that it found so far; `network-trial` and `web-trial` when a change of the network or of the web interface begins or ends; `alive` in between, an event since pages do not hear comments. A reader that is slow misses what is
 * out of date by then, and never the newest.
 */
export class EventStream {
  readonly #agent: Agent;
  readonly #clock: Clock;
  readonly #others: { readonly [name in Exclude<EventName, 'status'>]: () => unknown };
  readonly #readers = new Set<Reader>();
  readonly #changed = new Set<EventName>();
  #id = 0;
  #gathering: Timer | undefined;
  readonly #unwatch: () => void;

  /** @param others what each event carries but `status` */
  constructor(
    agent: Agent,
    clock: Clock,
    others: { readonly [name in Exclude<EventName, 'status'>]: () => unknown },
  ) {
    this.#agent = agent;
    this.#clock = clock;
    this.#others = others;
    this.#unwatch = agent.watch(() => this.changed('status'));
  }

  /** Tells every reader, soon. */
  changed(name: EventName): void {
    this.#changed.add(name);
    this.#gathering ??= this.#clock.after(gatherMs, () => {
      this.#gathering = undefined;
      this.#id += 1;
      const names = [...this.#changed];
      this.#changed.clear();
      for (const reader of this.#readers) for (const one of names) reader.changed(one);
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
    const reader = new Reader(response, this.#clock, (name) => ({
      id: this.#id,
      data: JSON.stringify(name === 'status' ? this.#agent.status() : this.#others[name]()),
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
  readonly #read: (name: EventName) => { id: number; data: string };
  readonly #behind = new Set<EventName>();
  #first = true;
  #beat: Timer | undefined;

  constructor(
    response: ServerResponse,
    clock: Clock,
    read: (name: EventName) => { id: number; data: string },
  ) {
    this.#response = response;
    this.#clock = clock;
    this.#read = read;
    response.on('error', () => {});
    response.on('drain', () => {
      const names = [...this.#behind];
      this.#behind.clear();
      for (const name of names) this.changed(name);
    });
    this.changed('status');
  }

  changed(name: EventName): void {
    if (this.#response.writableNeedDrain) {
      this.#behind.add(name);
      return;
    }
    const { id, data } = this.#read(name);
    this.#response.write(`id: ${id}\nevent: ${this.#first ? 'snapshot' : name}\ndata: ${data}\n\n`);
    this.#first = false;
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
