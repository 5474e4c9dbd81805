export { type Beast, type Wrong, zooOf } from './beasts.ts';
export { type ForgeOptions, forge, forgeKeys } from './forge.ts';
export { type TestAuthority, testAuthority } from './testAuthority.ts';
