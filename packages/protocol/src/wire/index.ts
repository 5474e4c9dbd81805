export {
  formatMessage,
  type MessageOf,
  type MessageSchemas,
  type OutgoingOf,
  parseFields,
  parseMessage,
} from './message.ts';
export { protocolVersion } from './version.ts';
