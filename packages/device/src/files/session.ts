import type { Accounts } from './accounts.ts';
import type { BytePath } from './bytePath.ts';
import type { Fence } from './fence.ts';
import type { FileEvent } from './fileEvent.ts';
import type { Handles } from './handles.ts';

/** What every operation is given. */
export type Session = {
  readonly fence: Fence;
  readonly handles: Handles;
  readonly accounts: Accounts;
  /** Where relative paths begin, and what `.` and `~` are. */
  readonly home: BytePath;
  report(event: FileEvent): void;
};
