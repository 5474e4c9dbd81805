export { HeldConnections } from './hold.ts';
