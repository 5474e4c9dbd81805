export { type DialOptions, dialRelay } from './dial.ts';
export { portFailure } from './failure.ts';
export { inOrder } from './ports.ts';
export { resolveRelay } from './resolve.ts';
