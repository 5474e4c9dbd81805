export { type CastEvent, eventCap, parseEnd, parseEvent, type RecordedEnd } from './event.ts';
export {
  type ClockState,
  clockStates,
  formatHead,
  headCap,
  headMark,
  parseHead,
  type RecordingHead,
} from './head.ts';
export {
  makeRecordingId,
  mostRecordings,
  parseRecordingId,
  type RecordingId,
  recordingIdSchema,
} from './names.ts';
export { parseSeal, type Seal, sealAfterMs, sealEvents, sealMark } from './seal.ts';
export { type NotedHead, type RecordingVerdict, RecordingVerifier, verdicts } from './verify.ts';
export { type RecordingEnd, type RecordingSummary, RecordingWriter } from './writer.ts';
