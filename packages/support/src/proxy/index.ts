export { carry } from './carry.ts';
