import os from 'node:os';
import type { Clock, Timer } from '@sallyport/protocol/environment';

const lookEveryMs = 1_000;
/** Time since boot that monotonic time does not know of: the machine slept. In milliseconds. */
const sleptMs = 5_000;

/** The addresses of this machine that lead outside, as one text to compare. */
export function ownAddresses(): string {
  return Object.entries(os.networkInterfaces())
    .flatMap(([name, addresses]) =>
      (addresses ?? []).filter((one) => !one.internal).map((one) => `${name} ${one.cidr ?? one.address}`),
    )
    .sort()
    .join('\n');
}

/** Calls `changed` when the machine's addresses changed or it woke up; looks once a second. */
export function watchNetwork(options: {
  readonly clock: Clock;
  readonly addresses?: () => string;
  readonly changed: () => void;
}): { stop(): void } {
  const { clock, addresses = ownAddresses, changed } = options;
  const asleep = (): number => clock.bootMs() - clock.monotonicMs();
  let known = knownBy(addresses);
  let slept = asleep();
  let timer: Timer;
  const look = (): void => {
    // What cannot be asked for, for want of a descriptor, is as it was.
    const now = knownBy(addresses) ?? known;
    const sleptNow = asleep();
    const different = now !== known || sleptNow - slept > sleptMs;
    known = now;
    slept = sleptNow;
    timer = clock.after(lookEveryMs, look);
    if (different) changed();
  };
  timer = clock.after(lookEveryMs, look);
  return { stop: () => timer.cancel() };
}

function knownBy(addresses: () => string): string | undefined {
  try {
    return addresses();
  } catch {
    return undefined;
  }
}
