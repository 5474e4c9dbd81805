export { type ForwardOptions, openForward } from './forward.ts';
export { type ForwardSpec, parseForwardSpec } from './spec.ts';
