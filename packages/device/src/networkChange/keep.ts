import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Log } from '@sallyport/protocol/environment';
import { childDescriptors } from '../processes/index.ts';

/** Starts the keeper of a change. Without one the agent takes it back, at its next start if it is killed. Never throws. */
export function startKeeper(folder: string, id: string, log: Log): void {
  const failed = (error: unknown): void => log.error('keeper-not-started-1', { error });
  try {
    const child = spawn(
      process.execPath,
      [
        ...['--disable-warning=ExperimentalWarning', '--max-old-space-size=32'],
        ...[join(import.meta.dirname, 'keeper.ts'), folder, id],
      ],
      // In a session of its own: what a terminal sends to the agent is not for the keeper.
      { stdio: childDescriptors(['ignore', 'ignore', 'ignore']), env: {}, cwd: '/', detached: true },
    );
    child.once('error', failed);
    child.unref();
  } catch (error) {
    failed(error);
  }
}
