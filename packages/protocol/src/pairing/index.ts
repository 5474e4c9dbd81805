export { pairingRunMs } from './device.ts';
export type { PairingBinding, PairingParty } from './inputs.ts';
export { pairAsRepresentative, type RepresentativePairing } from './runAsRepresentative.ts';
export { type DevicePairing, type PairingRecord, pairOnDevice } from './runOnDevice.ts';
