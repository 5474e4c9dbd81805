export { commandLine } from './line.ts';
export { type CommandStreams, runCommand } from './run.ts';
