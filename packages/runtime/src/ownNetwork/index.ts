export { ownAddresses, watchNetwork } from './watch.ts';
