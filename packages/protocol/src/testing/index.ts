export { type DuplexPair, type DuplexSuiteOptions, duplexSuite } from './duplexSuite.ts';
export { type FakeClock, fakeClock } from './fakeClock.ts';
export { PatternCheck, patternAt } from './pattern.ts';
export { seededRandom } from './seededRandom.ts';
export { settle } from './settle.ts';
export { type Side, type StreamPair, type StreamPairOptions, streamPair } from './streamPair.ts';
