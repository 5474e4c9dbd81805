/**
 * The keeper: a process of its own beside a change of the network that nobody has confirmed yet. It takes the change
 * back when its time is over and the agent has not, or has not come to the end of it: the agent was killed, or hangs. It
 * ends as soon as nothing stands, or what stands cannot be read: then only the agent knows it.
 *
 * Arguments: the data folder, the id of the change.
 */
import { systemClock } from '@sallyport/runtime/clock';
import { isBeingTakenBack, isSpoiled, pauseMs, readBack, readStanding, takeBack } from './standing.ts';
import { carryOutEach } from './steps.ts';
import { busy, Turn } from './turn.ts';

const lookEveryMs = 250;
/** So long the agent may be late with it, and rest from it. */
const lateMs = 1_500;

const [folder = '', id = ''] = process.argv.slice(2);
const clock = systemClock();
const turn = new Turn(folder, clock);
let takenSinceMs: number | undefined;
let failures = 0;

/** Whether it is for this process to take it back. */
function isDue(): boolean {
  const standing = readStanding(folder);
  if (standing?.id === id) return clock.bootMs() >= standing.endsAtBootMs + lateMs;
  if (standing || !isBeingTakenBack(folder) || !readBack(folder)) process.exit(0);
  takenSinceMs ??= clock.monotonicMs();
  return clock.monotonicMs() - takenSinceMs >= lateMs;
}

async function look(): Promise<void> {
  if (!isDue()) return void clock.after(lookEveryMs, again);
  const found = await turn.take((sign) => takeBack(folder, (steps) => carryOutEach(steps, sign)));
  // Who does it may not come to the end of it.
  if (found === busy) return void clock.after(lookEveryMs, again);
  process.exit(0);
}
function again(): void {
  look().catch((error: unknown) => {
    if (isSpoiled(error)) process.exit(1);
    failures += 1;
    clock.after(pauseMs(failures), again);
  });
}
again();
