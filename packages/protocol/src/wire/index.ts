export {
  formatMessage,
  type MessageOf,
  type MessageSchemas,
  type OutgoingOf,
  parseFields,
  parseJson,
  parseMessage,
} from './message.ts';
export { protocolVersion } from './version.ts';
