export { connectSsh, languageOf, sshFailure, whyCut } from './client.ts';
export { type RemoteExit, statusOf } from './status.ts';
