export { makeYoungCollector, passedThrough } from './young.ts';
