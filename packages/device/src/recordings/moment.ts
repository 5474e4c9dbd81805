import type { ClockState } from '@sallyport/protocol/recording';

/** UTC by the best clock there is, in milliseconds since 1970, and which one that is. */
export type Moment = { readonly ms: number; readonly clock: ClockState };

/** As recordings write it. @param ms milliseconds since 1970 */
export const iso = (ms: number): string => new Date(Math.round(ms)).toISOString();
