import { type CommandStreams, runCommand } from '../command/index.ts';
import type { Session } from '../session/index.ts';
import { connectSsh, type RemoteExit, statusOf, whyCut } from '../ssh/index.ts';
import { interact, startProgram, takeTerminal } from '../terminal/index.ts';

/**
 * A program on the device in this terminal, a shell if no command is named; until it ends, or the person leaves by `~.`.
 * Sets the process's exit code to its status.
 *
 * @throws terminal-needed, ssh-failed; why the session ended, if it did first
 */
export async function runInTerminal(session: Session, command?: string): Promise<void> {
  const { stdin: input, stdout: output, stderr: errors } = process;
  const client = await connectSsh(session);
  const terminal = takeTerminal(input, output);
  try {
    const program = await startProgram(client, { command, size: terminal.size() });
    const onBack = session.onBack;
    const end = await interact({ program, terminal, input, output, errors, onBack, escapes: true });
    if (end === 'cut') throw await whyCut(session);
    process.exitCode = end === 'left' ? 0 : statusOf(end.exit);
  } finally {
    terminal.restore();
  }
}

/** A command on a terminal of the device, though there is none here. */
export async function runWithTerminal(
  session: Session,
  command: string,
  streams: CommandStreams,
): Promise<RemoteExit | undefined> {
  const client = await connectSsh(session);
  return runCommand(await startProgram(client, { command, size: { columns: 80, rows: 24 } }), streams);
}
