import { makeStreamId } from '../grant/index.ts';
import {
  type FakeClock,
  fakeClock,
  PatternCheck,
  patternAt,
  type Side,
  type StreamPair,
  type StreamPairOptions,
  seededRandom,
  streamPair,
} from '../testing/index.ts';
import type { ReplayBudget, StreamEnd } from './index.ts';
import { ResumableStream } from './index.ts';

export type TwoStreamsOptions = {
  maxReplayBytes?: number;
  budget?: ReplayBudget;
  passed?: (bytes: number) => void;
};

/** One end of a stream, with what a test wants to know of it. */
export class TestEnd {
  readonly stream: ResumableStream;
  readonly read = new PatternCheck();
  /** The names of the stream's own events, in order. */
  readonly events: string[] = [];
  /** Bytes of the pattern that were written. */
  written = 0;
  end: StreamEnd | undefined;
  sawEnd = false;

  constructor(clock: FakeClock, options: TwoStreamsOptions) {
    const stream = new ResumableStream({ clock, id: makeStreamId(seededRandom(1)), ...options });
    this.stream = stream;
    for (const event of ['live', 'suspended', 'finish', 'ended', 'close', 'error']) {
      stream.on(event, () => this.events.push(event));
    }
    stream.on('ended', (end: StreamEnd) => {
      this.end = end;
    });
    stream.on('end', () => {
      this.sawEnd = true;
    });
  }

  /** Reads on, and checks every byte. */
  readAll(): void {
    if (this.stream.listenerCount('data') === 0)
      this.stream.on('data', (piece: Buffer) => this.read.add(piece));
    this.stream.resume();
  }

  /** Writes the next bytes of the pattern. Says what `write` says. */
  write(length: number): boolean {
    const bytes = patternAt(this.written, length);
    this.written += length;
    return this.stream.write(bytes);
  }
}

/** Two ends of one resumable stream, and the connections between them. */
export class TwoStreams {
  readonly clock: FakeClock = fakeClock();
  readonly a: TestEnd;
  readonly b: TestEnd;
  generation = 0;
  #pair: StreamPair | undefined;

  constructor(options: TwoStreamsOptions = {}) {
    this.a = new TestEnd(this.clock, options);
    this.b = new TestEnd(this.clock, options);
  }

  /** The newest connection. */
  get pair(): StreamPair {
    if (!this.#pair) throw new Error('not joined yet');
    return this.#pair;
  }

  /** Both ends say what they have and go on over a new connection, as resumption does. */
  join(options: Omit<StreamPairOptions, 'clock'> = {}): StreamPair {
    const { a, b } = this;
    this.generation += 1;
    this.#pair = streamPair({ seed: this.generation, ...options, clock: this.clock });
    a.stream.suspend();
    b.stream.suspend();
    const received = { a: a.stream.received, b: b.stream.received };
    a.stream.attach(this.#pair.a, { generation: this.generation, peerReceived: received.b });
    b.stream.attach(this.#pair.b, { generation: this.generation, peerReceived: received.a });
    return this.#pair;
  }

  of(side: Side): TestEnd {
    return this[side];
  }
}

/** Two ends that are connected and read all. */
export function joined(options: TwoStreamsOptions & Omit<StreamPairOptions, 'clock'> = {}): TwoStreams {
  const streams = new TwoStreams(options);
  streams.join(options);
  streams.a.readAll();
  streams.b.readAll();
  return streams;
}
