export { formatListen, type ListenAddress, parseListen } from './listeners.ts';
export { listNodes, type NodeRow } from './nodes.ts';
export { type RelayOptions, type RunningRelay, startRelay } from './relay.ts';
export { endedBySignal } from './signals.ts';
