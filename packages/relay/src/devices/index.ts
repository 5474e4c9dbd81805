export { type Device, findDevice, listDevices, removeDevice } from './devices.ts';
export { enrolDevice, type Joined } from './enrol.ts';
export { makeDeviceId } from './ids.ts';
