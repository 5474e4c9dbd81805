export { followLive, type LiveState } from './liveStream.ts';
