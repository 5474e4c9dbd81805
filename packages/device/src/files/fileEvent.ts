/**
 * What is told of a session's files, one JSON line each, for the record of the session. Paths are real ones, as text.
 * `file` is the same number in what belongs to one opening.
 */
export type FileEvent =
  | {
      readonly event: 'opened';
      readonly file: number;
      readonly path: string;
      readonly direction: Direction;
      readonly created: boolean;
    }
  | {
      readonly event: 'closed';
      readonly file: number;
      readonly path: string;
      readonly direction: Direction;
      readonly created: boolean;
      readonly bytesRead: number;
      readonly bytesWritten: number;
      /** Of the file as it was when it was closed; absent where that could not be had. SHA-256 in hex. */
      readonly size?: number;
      readonly sha256?: string;
      readonly result: Closing;
    }
  | {
      /** Its worker was ended while it was open; told in the worker's place. How many bytes had passed, nobody knows. */
      readonly event: 'cut';
      readonly file: number;
      readonly path: string;
      readonly direction: Direction;
      readonly created: boolean;
    }
  | {
      readonly event: 'changed';
      readonly what: Change;
      readonly path: string;
      /** The other path of a rename or a link. */
      readonly to?: string;
      readonly result: 'done' | 'failed';
    }
  | {
      /** It was not permitted. `path` is the client's own word here, `what` the request's kind. */
      readonly event: 'refused';
      readonly what: string;
      readonly path: string;
      readonly to?: string;
    };

/** Seen from the device: `read` goes to the representative. */
export const directions = ['read', 'write', 'both'] as const;
export type Direction = (typeof directions)[number];

/**
 * How it went with a file that was open: all that was read, written and kept was done; some of it failed; or the client
 * went away and left it open, so that what it has of it may be a part.
 */
export const closings = ['done', 'failed', 'left-open'] as const;
export type Closing = (typeof closings)[number];

export const changes = [
  'removed',
  'renamed',
  'folder-made',
  'folder-removed',
  'attributes',
  'linked',
] as const;
export type Change = (typeof changes)[number];
