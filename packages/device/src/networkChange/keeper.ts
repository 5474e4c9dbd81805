/**
 * The keeper: a process of its own beside a change of the network that nobody has confirmed yet. It takes the change
 * back when its time is over and the agent has not: the agent was killed, or hangs. It ends as soon as nothing stands.
 *
 * Arguments: the data folder, the id of the change.
 */
import { systemClock } from '@sallyport/runtime/clock';
import { readStanding, takeBack } from './standing.ts';

const lookEveryMs = 250;
/** So long the agent may be late with it. */
const lateMs = 1_500;

const [folder = '', id = ''] = process.argv.slice(2);
const clock = systemClock();

async function look(): Promise<void> {
  const standing = readStanding(folder);
  if (standing?.id !== id) process.exit(0);
  if (clock.bootMs() < standing.endsAtBootMs + lateMs) return void clock.after(lookEveryMs, again);
  await takeBack(folder);
  process.exit(0);
}
const again = (): void => {
  // What failed, as for want of a descriptor, is tried again.
  look().catch(() => clock.after(lookEveryMs, again));
};
again();
