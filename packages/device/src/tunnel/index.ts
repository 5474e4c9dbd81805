export { ownAddresses, watchNetwork } from '@sallyport/runtime/ownNetwork';
export { Farewell } from './farewell.ts';
export { type Link, type LinkListener, openLink } from './link.ts';
export { isForDates, type RelayRoute, reachRelay } from './reach.ts';
export { describeOff, type RelayTime, relayTime } from './relayTime.ts';
export {
  type GrantTerms,
  type Knock,
  type Opened,
  type Revoked,
  Tunnel,
  type TunnelOptions,
} from './tunnel.ts';
