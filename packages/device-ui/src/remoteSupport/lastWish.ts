import type { Wish } from './actions.ts';

/** What is allowed if nobody ever chose. */
export const usualWish: Wish = {
  forMs: 4 * 3_600_000,
  scopes: ['terminal', 'files:write', 'web'],
  approval: false,
};
