import type { Log } from '@sallyport/protocol/environment';
import { z } from 'zod';
import type { Settings } from '../state/index.ts';
import { isAlready } from './iproute.ts';
import { takeSnapshot } from './plan.ts';
import type { Hands } from './trials.ts';
import { type NetworkWish, networkWishSchema } from './wish.ts';

const keptSchema = z.record(z.string().max(15), networkWishSchema);

/** Stores what was confirmed and no other program keeps. */
export function keepWish(settings: Pick<Settings, 'get' | 'set'>, wish: NetworkWish): void {
  settings.set('network-kept', JSON.stringify({ ...keptIn(settings), [wish.interface]: wish }));
}

function keptIn(settings: Pick<Settings, 'get'>): z.output<typeof keptSchema> {
  try {
    return keptSchema.parse(JSON.parse(settings.get('network-kept') ?? '{}'));
  } catch {
    return {};
  }
}

/** Sets again what a boot forgot: iproute2 sets the kernel alone. Never throws. */
export async function setKept(options: {
  readonly settings: Pick<Settings, 'get'>;
  readonly hands: Pick<Hands, 'plan' | 'carryOut'>;
  readonly log: Log;
}): Promise<void> {
  const { settings, hands, log } = options;
  for (const wish of Object.values(keptIn(settings))) {
    try {
      const now = await takeSnapshot(wish.interface);
      if (!now || isAlready(wish, now)) continue;
      const plan = await hands.plan(wish);
      if (plan.setBy === 'iproute2') await hands.carryOut(plan.apply);
    } catch (error) {
      log.error('network-not-set-1', { error });
    }
  }
}
