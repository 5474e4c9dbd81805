export { type CommandStreams, runCommand } from './run.ts';
