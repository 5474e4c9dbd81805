export { type Left, leftNow, passedMark } from './countdown.ts';
export { useNow } from './useNow.ts';
