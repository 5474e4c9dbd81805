export { formatAddress, makeWebInterface, parseWebAddress, type WebInterface } from './server.ts';
