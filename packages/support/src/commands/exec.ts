import { commandLine, runRemote } from '../command/index.ts';
// Not by the index of the folder: an SSH client is loaded only where there is one, which halves a cold start.
import { languageOf } from '../ssh/language.ts';
import { statusOf } from '../ssh/status.ts';
import { whyCut } from '../ssh/whyCut.ts';
import { readerGone, type SessionOptions, untilReaderGone, withSession } from './start.ts';

export type ExecOptions = SessionOptions & { readonly tty?: boolean };

/** `exec PORT -- CMD`: sets the process's exit code to the command's status. */
export async function exec(port: string, words: readonly string[], options: ExecOptions): Promise<void> {
  await withSession(port, options, async (session) => {
    session.mustAllow('terminal');
    const line = commandLine(words);
    const { stdin: input, stdout: output, stderr: errors } = process;
    const terminal = options.tty ? await import('./terminal.ts') : undefined;
    if (terminal && input.isTTY) {
      await terminal.runInTerminal(session, line);
      return;
    }
    const gone = untilReaderGone(output).then(() => 'gone' as const);
    const streams = { input, output, errors };
    const run = terminal
      ? terminal.runWithTerminal(session, line, streams)
      : runRemote(session, { line, environment: languageOf(process.env) }, streams);
    const exit = await Promise.race([run, gone]);
    if (exit === 'gone') {
      process.exitCode = readerGone;
      return;
    }
    if (!exit || session.ending) throw await whyCut(session);
    process.exitCode = statusOf(exit);
  });
}
