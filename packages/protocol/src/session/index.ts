export { receiveAnswer, refuse } from './answers.ts';
export {
  askMs,
  type FromAsker,
  fromAskerSchemas,
  longestWhy,
  type ToAsked,
  type ToAsker,
  toAskerSchemas,
} from './asks.ts';
export { type Deadline, deadlineAfter } from './deadline.ts';
export { encodeFrame, HelloChannel } from './frames.ts';
export {
  type FromDeviceHello,
  type FromRepresentative,
  fromDeviceHelloSchemas,
  fromRepresentativeSchemas,
  helloFrameCap,
  type ToDeviceHello,
  type ToRepresentativeHello,
} from './messages.ts';
export { type DeviceNotice, noticeSchemas, type ToNoticeReader } from './notices.ts';
