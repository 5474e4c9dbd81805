/**
 * The keeper: a process of its own beside a change of the network that nobody has confirmed yet. It takes the change
 * back when its time is over and the agent has not, or has not come to the end of it: the agent was killed, or hangs. It
 * ends as soon as nothing stands.
 *
 * Arguments: the data folder, the id of the change.
 */
import { systemClock } from '@sallyport/runtime/clock';
import { isBeingTakenBack, readStanding, takeBack } from './standing.ts';

const lookEveryMs = 250;
/** So long the agent may be late with it, and take for it. */
const lateMs = 1_500;
const takingMs = 30_000;
/** What failed is tried again so often. */
const againMs = 2_000;

const [folder = '', id = ''] = process.argv.slice(2);
const clock = systemClock();
let takingSinceMs: number | undefined;

/** Whether it is for this process to take it back. */
function isDue(): boolean {
  const standing = readStanding(folder);
  if (standing?.id === id) return clock.bootMs() >= standing.endsAtBootMs + lateMs;
  if (standing || !isBeingTakenBack(folder)) process.exit(0);
  takingSinceMs ??= clock.monotonicMs();
  return clock.monotonicMs() - takingSinceMs >= takingMs;
}

async function look(): Promise<void> {
  if (!isDue()) return void clock.after(lookEveryMs, again);
  await takeBack(folder);
  process.exit(0);
}
function again(): void {
  look().catch(() => {
    // From here on it is this process that began to take it back.
    takingSinceMs = Number.NEGATIVE_INFINITY;
    clock.after(againMs, again);
  });
}
again();
