import { fail } from '@sallyport/protocol/errors';
import type { StreamId } from '@sallyport/protocol/grant';

/** Sessions in one grant (design, section 9). */
export const liveLimit = 16;
export const suspendedLimit = 4;

export type Place = {
  readonly id: StreamId;
  readonly key: string;
  readonly state: 'live' | 'suspended';
  /** When it was suspended, monotonic; undefined while live. */
  readonly suspendedAt: number | undefined;
};

/**
 * Whether a new session of `key` finds a place. When as many are suspended as may be, it takes the place of this
 * representative's own oldest suspended one; nobody loses a session to somebody else. A network that goes away
 * suspends all of sixteen at once: that alone ends none of them.
 *
 * @returns the session that has to go for it, if one has to
 * @throws sessions-used-up
 */
export function findPlace(taken: readonly Place[], key: string): StreamId | undefined {
  const live = taken.filter(({ state }) => state === 'live');
  if (live.length >= liveLimit) throw usedUp();
  if (taken.length - live.length < suspendedLimit) return undefined;
  const own = taken
    .filter((place) => place.state === 'suspended' && place.key === key)
    .sort((a, b) => (a.suspendedAt ?? 0) - (b.suspendedAt ?? 0))[0];
  if (own) return own.id;
  if (taken.length >= liveLimit + suspendedLimit) throw usedUp();
  return undefined;
}

const usedUp = (): Error => fail('sessions-used-up', { details: { limit: liveLimit + suspendedLimit } });
