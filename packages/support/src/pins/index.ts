export { type LockOptions, withPairingLock } from './pairingLock.ts';
export { type Pin, pinLifeMs } from './pin.ts';
export { openPins, type PinFolder } from './pinFolder.ts';
