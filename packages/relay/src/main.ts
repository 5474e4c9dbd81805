import { runProgram } from '@sallyport/runtime/command';
import { relayProgram } from './commands/program.ts';

await runProgram(await relayProgram(process.argv[2]));
