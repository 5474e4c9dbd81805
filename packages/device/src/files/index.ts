export type { Change, Direction, FileEvent } from './fileEvent.ts';
export {
  type FilesWorker,
  type FilesWorkerExit,
  type FilesWorkerOptions,
  startFilesWorker,
} from './startFilesWorker.ts';
export type { FilesRunAs } from './workerOptions.ts';
