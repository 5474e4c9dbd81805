export { type ReportedDevice, reportOf } from './reportOf.ts';
