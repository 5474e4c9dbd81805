export { type DialOptions, dialRelay } from './dial.ts';
export { inOrder, outboundPorts } from './ports.ts';
export { resolveRelay } from './resolve.ts';
