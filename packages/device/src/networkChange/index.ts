export { confirmWithinMs, NetworkTrials, type TrialView, trialSchema } from './trials.ts';
export { type NetworkWish, networkWishSchema } from './wish.ts';
