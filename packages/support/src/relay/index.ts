export { askRelay } from './ask.ts';
export { keepLastGoodPort } from './lastGoodPort.ts';
export { relayPorts, settingsOf } from './ports.ts';
export { type Caller, reachRelay } from './reach.ts';
