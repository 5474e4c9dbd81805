export { fail, runtimeErrors } from './table.ts';
