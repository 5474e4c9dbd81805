export { dialBack, type KnockContext, knock } from './knock.ts';
export { type CutReason, LiveSessions, type SessionParties } from './live.ts';
export { refuseUpgrade, switchProtocols } from './upgrade.ts';
export { WaitingHalves } from './waiting.ts';
