export {
  type CommandExit,
  type CommandFrame,
  type CommandFrameHandler,
  CommandFrameReader,
  type CommandStart,
  commandBytes,
  commandExitSchema,
  commandHeader,
  commandJsonCap,
  commandStartSchema,
  encodeCommandExit,
  encodeCommandStart,
} from './command.ts';
export {
  channelLimit,
  connectionWindowBytes,
  streamWindowBytes,
} from './http2.ts';
