export { connectSsh, languageOf, sshFailure } from './client.ts';
export { type RemoteExit, statusOf } from './status.ts';
