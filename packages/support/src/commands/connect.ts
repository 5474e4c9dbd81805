import { fail } from '../errors/index.ts';
import { connectSsh, statusOf } from '../ssh/index.ts';
import { interact, startProgram, takeTerminal } from '../terminal/index.ts';
import { type SessionOptions, withSession } from './start.ts';

/** `connect PORT`: a terminal on the device; sets the process's exit code to the shell's status. */
export async function connect(port: string, options: SessionOptions): Promise<void> {
  const { stdin: input, stdout: output, stderr: errors } = process;
  if (!input.isTTY) throw fail('terminal-needed', { leg: 'this-computer' });
  await withSession(port, options, async (session) => {
    session.mustAllow('terminal');
    const client = await connectSsh(session);
    const terminal = takeTerminal(input, output);
    try {
      const channel = await startProgram(client, { size: terminal.size() });
      const onBack = session.onBack;
      const end = await interact({ channel, terminal, input, output, errors, onBack, escapes: true });
      if (end === 'cut') throw await session.ended;
      process.exitCode = end === 'left' ? 0 : statusOf(end.exit);
    } finally {
      terminal.restore();
    }
  });
}
