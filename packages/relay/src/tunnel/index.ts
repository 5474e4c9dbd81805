export { claimTunnel, newestEpochs, nodeOfTunnel, releaseTunnel } from './claim.ts';
export { type HubTunnel, TunnelHub } from './hub.ts';
export { Tunnel, type TunnelActs } from './tunnel.ts';
