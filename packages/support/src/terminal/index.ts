export { interact, type TerminalEnd } from './interact.ts';
export { type LocalTerminal, takeTerminal } from './localTerminal.ts';
export { type Program, type Started, startProgram } from './remoteProgram.ts';
