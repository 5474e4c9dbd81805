export { fail, relayErrors } from './table.ts';
