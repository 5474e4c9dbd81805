import { fail } from '../errors/index.ts';
import { type SessionOptions, withSession } from './start.ts';
import { runInTerminal } from './terminal.ts';

/** `connect PORT`: a terminal on the device; sets the process's exit code to the shell's status. */
export async function connect(port: string, options: SessionOptions): Promise<void> {
  if (!process.stdin.isTTY) throw fail('terminal-needed', { leg: 'this-computer' });
  await withSession(port, options, async (session) => {
    session.mustAllow('terminal');
    await runInTerminal(session);
  });
}
