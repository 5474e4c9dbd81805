export { fail, type ProtocolErrorCode, protocolErrors } from './protocol.ts';
export {
  defineErrors,
  type ErrorDetails,
  type ErrorOptions,
  type ErrorRow,
  type ErrorTable,
  exitCodes,
  type Leg,
  legs,
  SallyportError,
} from './table.ts';
export { fromWireError, toWireError, type WireError, wireErrorSchema } from './wire.ts';
