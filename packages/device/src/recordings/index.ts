export { type RecordingsDesk, recordingsDesk } from './desk.ts';
export { plainEnding, type RecordingFileName, type RecordingsFolder, recordingsFolder } from './folder.ts';
export { RecordingHeads } from './heads.ts';
export { type RecordingQuery, RecordingsLook } from './look.ts';
export { policyOf, type RecordingPolicy, recordingPolicySchema, usualPolicy } from './policy.ts';
export type { Recording } from './recording.ts';
export {
  type Moment,
  type Recorder,
  type RecordingState,
  type RecordingSubject,
  Recordings,
} from './recordings.ts';
export { trustIn, trustOf, type VerdictView, verdictSchema, verifyFile, viewVerdict } from './verdict.ts';
export { type RecordingView, recordingSchema } from './view.ts';
export { seenBy } from './visible.ts';
