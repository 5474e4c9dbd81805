export { giveBackAtRest, restWith } from './rest.ts';
export { makeYoungCollector, passedThrough } from './young.ts';
