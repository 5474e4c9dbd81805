export { type Command, startCommand } from './command.ts';
export { type Containment, endLeftovers, openContainment } from './containment.ts';
export { childDescriptors } from './descriptors.ts';
export { acceptsVariable, type SessionMark, sessionEnvironment } from './environment.ts';
export { exitOf, joining, type Launch, launch, shellCommand } from './launch.ts';
export { agentMark } from './procfs.ts';
export { type CanRunAs, canRunAs, type RunUser, runUserOf } from './runUser.ts';
export { tellSyslog } from './syslog.ts';
export { Terminal, type TerminalSize } from './terminal.ts';
