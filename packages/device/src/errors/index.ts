export { shortageOf } from './shortage.ts';
export { deviceErrors, fail } from './table.ts';
export { exhausted, tellable } from './tellable.ts';
