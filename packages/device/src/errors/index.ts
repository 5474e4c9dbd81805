export { deviceErrors, fail } from './table.ts';
