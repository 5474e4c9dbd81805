export { connectSsh, sshFailure } from './client.ts';
export { languageOf } from './language.ts';
export { type RemoteExit, statusOf } from './status.ts';
export { whyCut } from './whyCut.ts';
