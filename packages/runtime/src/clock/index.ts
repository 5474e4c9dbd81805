export { systemClock } from './system.ts';
