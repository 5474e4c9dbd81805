export { readIdentity, writeIdentity } from './file.ts';
export { type Identity, type IdentityFile, makeIdentity } from './identity.ts';
export { type LoginOptions, login } from './login.ts';
export { freshIdentity, isDue } from './renewal.ts';
