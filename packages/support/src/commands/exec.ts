import { commandLine, runCommand } from '../command/index.ts';
import { connectSsh, statusOf, whyCut } from '../ssh/index.ts';
import { startProgram } from '../terminal/index.ts';
import { readerGone, type SessionOptions, untilReaderGone, withSession } from './start.ts';
import { runInTerminal } from './terminal.ts';

export type ExecOptions = SessionOptions & { readonly tty?: boolean };

/** `exec PORT -- CMD`: sets the process's exit code to the command's status. */
export async function exec(port: string, words: readonly string[], options: ExecOptions): Promise<void> {
  await withSession(port, options, async (session) => {
    session.mustAllow('terminal');
    const command = commandLine(words);
    const { stdin: input, stdout: output, stderr: errors } = process;
    if (options.tty && input.isTTY) {
      await runInTerminal(session, command);
      return;
    }
    const client = await connectSsh(session);
    const size = options.tty ? { columns: 80, rows: 24 } : undefined;
    const program = await startProgram(client, { command, size });
    const gone = untilReaderGone(output).then(() => 'gone' as const);
    const exit = await Promise.race([runCommand(program, { input, output, errors }), gone]);
    if (exit === 'gone') {
      process.exitCode = readerGone;
      return;
    }
    if (!exit) throw await whyCut(session);
    process.exitCode = statusOf(exit);
  });
}
