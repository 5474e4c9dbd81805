export { type GrantForMachines, grantRows, grantsForMachines } from './list.ts';
