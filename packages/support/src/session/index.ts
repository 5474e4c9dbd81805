export { makeNotice, type Notice } from './notice.ts';
export { type OpenOptions, openSession } from './open.ts';
export { type OtpSource, parseOtp } from './otp.ts';
export type { Session } from './session.ts';
