import { type DuplexPair, type DuplexSuiteOptions, duplexSuite } from '../testing/index.ts';
import { dataFrameCap, maxReplayBytes, receiveWindowBytes } from './limits.ts';
import { TwoStreams } from './testStreams.ts';

const boundBytes = receiveWindowBytes + maxReplayBytes + 2 * dataFrameCap;

/** Two ends that are joined anew by the time that passes, if `lastsMs` says that connections do not last. */
function suite(name: string, lastsMs: number, options: Parameters<TwoStreams['join']>[0] = {}): void {
  let streams = new TwoStreams();
  let age = 0;
  const makePair = (): DuplexPair => {
    streams = new TwoStreams();
    streams.join(options);
    age = 0;
    return { a: streams.a.stream, b: streams.b.stream };
  };
  const pass: DuplexSuiteOptions['pass'] = async () => {
    await streams.clock.advance(10);
    age += 10;
    const over = streams.a.stream.state === 'ended' || streams.b.stream.state === 'ended';
    if (age < lastsMs || over) return;
    streams.pair.cut();
    streams.join(options);
    age = 0;
  };
  duplexSuite(name, makePair, { boundBytes, pass });
}

suite('a resumable stream', Number.POSITIVE_INFINITY);
suite('a resumable stream in small pieces', Number.POSITIVE_INFINITY, {
  maxChunk: 5000,
  capacityBytes: 9000,
});
suite('a resumable stream whose connections break all the time', 50, { delayMs: 5, capacityBytes: 300_000 });
