export { commandLine } from './line.ts';
export { runRemote } from './remote.ts';
export { type CommandStreams, runCommand } from './run.ts';
