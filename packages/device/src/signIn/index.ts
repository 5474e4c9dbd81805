export type { Accounts } from './accounts.ts';
export { mustBeGoodPassword } from './commonPassword.ts';
export type { SignInContext } from './context.ts';
export { countedAddress } from './lockout.ts';
export { SignIn } from './signIn.ts';
export { type Account, rootVisit, type Visit } from './visit.ts';
export { idleMs as signInIdleMs, longestMs as longestSignInMs } from './visits.ts';
