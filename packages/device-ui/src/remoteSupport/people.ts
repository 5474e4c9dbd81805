import type { Session } from '../api/client.ts';

/** Somebody who is in, by whatever number of sessions: they are one person, known by one key. */
export type Someone = Pick<Session, 'representative' | 'key' | 'keyWords' | 'paused' | 'since'> & {
  /** `live` if one of their sessions is. */
  readonly state: Session['state'];
  readonly sessions: readonly Session[];
};

/** Who is in, in the order in which they came. */
export function peopleOf(sessions: readonly Session[]): Someone[] {
  const byKey = Map.groupBy(sessions, ({ key }) => key);
  const people = [...byKey.values()].map((own): Someone => {
    const first = own.reduce((one, other) => (other.since < one.since ? other : one));
    const { representative, key, keyWords, since } = first;
    return {
      representative,
      key,
      keyWords,
      since,
      paused: own.some(({ paused }) => paused),
      state: own.some(({ state }) => state === 'live') ? 'live' : 'suspended',
      sessions: own,
    };
  });
  return people.sort((one, other) => (one.since < other.since ? -1 : 1));
}
