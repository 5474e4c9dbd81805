import fs from 'node:fs';

/** Whom the worker runs as. `same-user` is whoever the agent is. */
export type FilesRunAs =
  | { readonly kind: 'same-user' }
  | {
      readonly kind: 'user';
      readonly name: string;
      readonly uid: number;
      readonly gid: number;
      readonly home: string;
    };

/** The one JSON line that the agent writes to the worker's descriptor 3. */
export type WorkerOptions = {
  readonly runAs: FilesRunAs;
  readonly roots: readonly string[];
  readonly forbidden: readonly string[];
  readonly write: boolean;
  /** Whether descriptor 4 takes events. */
  readonly events: boolean;
};

export const optionsDescriptor = 3;
export const eventsDescriptor = 4;
const optionsCap = 64 * 1024;

/** Reads the line, and closes the descriptor: a client must not find it. What writes it is the agent, so its parts are not examined. */
export function readOptions(): WorkerOptions {
  const bytes = Buffer.alloc(optionsCap);
  let length = 0;
  for (;;) {
    const got = fs.readSync(optionsDescriptor, bytes, length, optionsCap - length, null);
    length += got;
    const end = bytes.subarray(0, length).indexOf(10);
    if (end < 0 && got > 0) continue;
    if (end < 0) throw new Error('There are no whole options on descriptor 3.');
    fs.closeSync(optionsDescriptor);
    return JSON.parse(bytes.toString('utf8', 0, end)) as WorkerOptions;
  }
}
