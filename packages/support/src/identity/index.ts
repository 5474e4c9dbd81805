export { readIdentity, readPublicIdentity, writeIdentity } from './file.ts';
export { type Identity, type IdentityFile, makeIdentity, type PublicIdentity } from './identity.ts';
export { type Keyring, noKeyring, systemKeyring } from './keyring.ts';
export { type LoginOptions, login, readInvite } from './login.ts';
export { changePassphrase, mustBePassphrase } from './passphrase.ts';
export { freshIdentity, isDue } from './renewal.ts';
export { accountOf, openIdentity, openKey, type PassphraseSource } from './unlock.ts';
