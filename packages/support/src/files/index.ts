export { copy, sizeOf } from './copy.ts';
export type { Copied, TreeCopy } from './copyTree.ts';
export { deviceStore } from './deviceStore.ts';
export { localStore } from './localStore.ts';
export { openPartNotes } from './partial.ts';
export { type CopyPlaces, parsePlaces } from './place.ts';
export { formatBytes, makeProgress } from './progress.ts';
