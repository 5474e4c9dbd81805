export {
  type FromDevice,
  type FromRelay,
  fromDeviceSchemas,
  fromRelaySchemas,
  latestTimeMs,
  portChangeReasons,
  type ToDevice,
  type ToRelay,
  tunnelDeadMs,
  tunnelMessageCap,
  tunnelPingMs,
} from './messages.ts';
