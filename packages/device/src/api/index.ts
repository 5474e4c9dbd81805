export { callAgent, followAgent } from './client.ts';
export { EventStream } from './events.ts';
export { markConnection, requestedThrough, sessionOf } from './mark.ts';
export type { ApiSubject } from './route.ts';
export {
  answeredSchema,
  auditSchema,
  blockedSchema,
  cutAnswerSchema,
  decidedSchema,
  enabledSchema,
  passwordSchema,
  pausedSchema,
} from './schemas.ts';
export { addRoutes, answerErrors, bodyCap, makeApi } from './server.ts';
export { connectAgent, listenOnSocket, mustBeAlone } from './socket.ts';
export { makeSubject, type Subject } from './subject.ts';
