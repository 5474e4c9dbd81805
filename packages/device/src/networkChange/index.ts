export { pauseMs } from './standing.ts';
export { confirmWithinMs, NetworkTrials } from './trials.ts';
export { type TrialView, trialSchema } from './view.ts';
export { type NetworkWish, networkWishSchema } from './wish.ts';
