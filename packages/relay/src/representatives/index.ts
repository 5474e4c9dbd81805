export { endRepresentatives, someoneEnded, timeIsOver } from './ends.ts';
export { keysOf, type RepresentativeKey } from './keys.ts';
export { logIn } from './login.ts';
export {
  findRepresentative,
  inviteRepresentative,
  listRepresentatives,
  type Rank,
  type Representative,
  resetRepresentative,
  revokeRepresentative,
} from './representatives.ts';
export { SeenRepresentatives, seenEveryMs } from './seen.ts';
