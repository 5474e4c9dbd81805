export { InputGate } from './inputGate.ts';
export { serveChannels } from './serve.ts';
export type { TerminalTap } from './terminalTap.ts';
export {
  type ChannelEnd,
  type ChannelExit,
  type ChannelKind,
  type ChannelOptions,
  type ChannelSession,
  type ChannelSummary,
  channelKinds,
  type LastWords,
  type ListenerAddress,
  type RunAs,
  type SessionChannels,
  type SessionRecord,
  type Terms,
} from './types.ts';
export type { WebRequest } from './webRequests.ts';
