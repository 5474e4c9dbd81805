import type { Status } from '../api/client.ts';

/** The stations of the way, from the device outwards. */
export const stations = ['device', 'gateway', 'internet', 'relay', 'representative'] as const;

export type LegState = 'idle' | 'trying' | 'good' | 'failed' | 'waiting' | 'lost';

/** The legs between one station and the next. */
export type Legs = readonly [LegState, LegState, LegState, LegState];

/** On which leg the device got stuck, by the code of what it says. */
const stuckAt: { readonly [code: string]: 0 | 1 | 2 } = {
  'relay-no-route': 0,
  'relay-name-unresolved': 1,
  'relay-not-ours': 1,
  'relay-no-answer': 1,
  'relay-refused': 2,
  'relay-cut': 2,
};

/** How each leg of the way stands, as far as the device can tell. */
export function legsOf({
  state,
  tunnel,
  problem,
  sessions,
}: Pick<Status, 'state' | 'tunnel' | 'problem' | 'sessions'>): Legs {
  if (state === 'disabled') return ['idle', 'idle', 'idle', 'idle'];
  if (tunnel === 'up') return ['good', 'good', 'good', lastLeg(sessions)];
  const lost: LegState = sessions.length > 0 ? 'lost' : 'idle';
  const stuck = problem ? (stuckAt[problem.code] ?? 2) : undefined;
  if (stuck === undefined) return ['trying', 'trying', 'trying', lost];
  const leg = (index: number): LegState => (index < stuck ? 'good' : index === stuck ? 'failed' : 'idle');
  return [leg(0), leg(1), leg(2), lost];
}

function lastLeg(sessions: Status['sessions']): LegState {
  if (sessions.some((session) => session.state === 'live')) return 'good';
  return sessions.length > 0 ? 'lost' : 'waiting';
}
