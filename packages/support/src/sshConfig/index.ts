export { type SshConfigPlaces, sshConfigBlock } from './block.ts';
export { controlFolder, makeControlFolder } from './controlFolder.ts';
