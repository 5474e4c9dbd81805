export { exitCodeOf, reportError } from './failure.ts';
export { interruptSignal } from './interrupt.ts';
export { InvalidArgumentError, parseForOption, parseList, parseSeconds, secondsWithin } from './options.ts';
export { formatTable, printJson, printTable } from './output.ts';
export { type CommandSpec, makeProgram, run, runProgram, subcommand, version } from './program.ts';
export { readSecret, type SecretSource } from './secret.ts';
export { askSecret } from './tty.ts';
