import { runProgram } from '@sallyport/runtime/command';
import { relayProgram } from './commands/program.ts';

void relayProgram(process.argv[2]).then(runProgram);
