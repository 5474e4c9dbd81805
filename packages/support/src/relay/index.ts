export { askRelay } from './ask.ts';
export { keepLastGoodPort } from './lastGoodPort.ts';
export { relayPorts } from './ports.ts';
export { type Caller, reachRelay } from './reach.ts';
