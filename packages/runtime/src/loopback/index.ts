export { addressBytes, type Endpoint, isOwnConnection, ownerOfPeer } from './peerOwner.ts';
