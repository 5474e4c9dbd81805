import { carry } from '../proxy/index.ts';
import { controlFolder, makeControlFolder } from '../sshConfig/index.ts';
import { endingWell, type SessionOptions, withSession } from './start.ts';

/** `proxy PORT`: SSH on standard input and output, for `ssh`'s ProxyCommand. Also `40123.sallyport`. */
export async function proxy(port: string, options: SessionOptions): Promise<void> {
  const run = withSession(port, options, async (session, { data }) => {
    // It may lie in a folder for temporary files, which is emptied now and then; `ssh` needs it after us.
    makeControlFolder(controlFolder(data));
    await carry(await session.openChannel('ssh'), process.stdin, process.stdout);
  });
  // `ssh` hangs up on its ProxyCommand when it is done.
  await endingWell(run);
}
