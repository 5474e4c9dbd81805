export {
  channelLimit,
  connectionWindowBytes,
  streamWindowBytes,
} from './http2.ts';
