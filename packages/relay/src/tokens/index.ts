export { JoinFailures } from './failures.ts';
export {
  findToken,
  makeToken,
  type NewToken,
  requireUsable,
  spendToken,
  type TokenKind,
  withdrawInvitations,
} from './tokens.ts';
