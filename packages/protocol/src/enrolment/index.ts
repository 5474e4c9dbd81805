export {
  answerCap,
  type GrantList,
  grantListSchema,
  joinAnswerSchema,
  joinRequestSchema,
  renewalAnswerSchema,
  renewalGraceMs,
  renewalRequestSchema,
  requestCap,
  whoamiSchema,
} from './messages.ts';
export { decodeToken, encodeToken, type Token } from './token.ts';
