export { disableByWatchdog } from './ask.ts';
export { keepWatchdog, type WatchdogOptions } from './keep.ts';
