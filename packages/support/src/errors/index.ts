export { fail, supportErrors } from './table.ts';
