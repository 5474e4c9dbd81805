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
