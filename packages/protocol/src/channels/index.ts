export {
  type ChannelName,
  channelLimit,
  channelNames,
  connectionWindowBytes,
  streamWindowBytes,
} from './http2.ts';
