import type { Status } from '../api/client.ts';

type Reported = Status['path'][number];

/** The stations of the way, from the device outwards. */
export const stations = ['device', 'gateway', 'internet', 'relay', 'representative'] as const;
export type Station = (typeof stations)[number];

/** How the way to a station looks: `idle` while Remote Support is off, `lost` where somebody was and may come back. */
export type LegLook = 'idle' | 'trying' | 'good' | 'failed' | 'waiting' | 'lost' | 'unknown';

export type Leg = Pick<Reported, 'roundTripMs' | 'protects' | 'problem'> & {
  readonly to: Station;
  readonly look: LegLook;
};

/** The way as the device tells of it: itself, and each leg from one station to the next. */
export function wayOf({ path, state, sessions }: Pick<Status, 'path' | 'state' | 'sessions'>): {
  readonly device: Reported | undefined;
  readonly legs: readonly Leg[];
} {
  const lookOf = ({ leg, state: told }: Reported): LegLook => {
    switch (told) {
      case 'ok':
        return 'good';
      case 'broken':
        return 'failed';
      case 'unknown':
        return state === 'disabled' ? 'idle' : 'unknown';
      case 'waiting':
        if (leg !== 'representative') return 'trying';
        return sessions.length > 0 ? 'lost' : 'waiting';
    }
  };
  const [device, ...beyond] = path;
  return { device, legs: beyond.map((leg) => ({ ...leg, to: leg.leg, look: lookOf(leg) })) };
}
