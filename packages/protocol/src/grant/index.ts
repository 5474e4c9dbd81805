export { formatDuration, longestGrantMs, parseDuration, shortestGrantMs } from './duration.ts';
export {
  type GrantId,
  grantIdSchema,
  makeGrantId,
  makeStreamId,
  makeTicket,
  type StreamId,
  streamIdSchema,
  type Ticket,
  ticketSchema,
} from './ids.ts';
export { Otp } from './otp.ts';
export {
  highestPortNumber,
  lowestPortNumber,
  type PortNumber,
  parsePortNumber,
  portNumberSchema,
} from './portNumber.ts';
export {
  allows,
  formatTarget,
  parseScope,
  parseTarget,
  type Scope,
  scopeSchema,
  scopesSchema,
  type TcpTarget,
} from './scope.ts';
