/**
 * Those who have come and have not shown yet what they want: so many at most. When one more comes, the place is taken
 * from the group that has the most of them (an address, or a key), and there from the one who has had it longest. Who
 * means it needs a place for moments only; who fills the places holds up mostly those of the own group.
 */
export class Crowd<Member extends object> {
  readonly #places: number;
  readonly #turnAway: (member: Member) => void;
  readonly #groupOf = new Map<Member, string>();
  /** In the order in which they came. No empty groups. */
  readonly #groups = new Map<string, Set<Member>>();

  constructor(places: number, turnAway: (member: Member) => void) {
    this.#places = places;
    this.#turnAway = turnAway;
  }

  get size(): number {
    return this.#groupOf.size;
  }

  enter(member: Member, group: string): void {
    this.leave(member);
    this.#groupOf.set(member, group);
    const members = this.#groups.get(group);
    if (members) members.add(member);
    else this.#groups.set(group, new Set([member]));
    if (this.size <= this.#places) return;
    const [longest] = this.#largest();
    if (!longest) return;
    this.leave(longest);
    this.#turnAway(longest);
  }

  /** Nothing happens if it is not there. */
  leave(member: Member): void {
    const group = this.#groupOf.get(member);
    if (group === undefined) return;
    this.#groupOf.delete(member);
    const members = this.#groups.get(group);
    members?.delete(member);
    if (members?.size === 0) this.#groups.delete(group);
  }

  #largest(): Iterable<Member> {
    let largest = new Set<Member>();
    for (const members of this.#groups.values()) if (members.size > largest.size) largest = members;
    return largest;
  }
}

/** Whose place an address takes: IPv4 as it is, of IPv6 the 64 bits that name the network. */
export function addressGroup(address: string | undefined): string {
  if (address === undefined) return '';
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const before = head === '' ? [] : head.split(':');
  // What `::` leaves out is zeros; of the first four groups only those before it can be other.
  const missing = tail === undefined ? 0 : 8 - before.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...before, ...Array<string>(missing).fill('0'), ...(tail ? tail.split(':') : [])];
  return all.slice(0, 4).join(':');
}
