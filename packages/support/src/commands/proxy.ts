import { carry } from '../proxy/index.ts';
import { whyCut } from '../ssh/whyCut.ts';
import { controlFolder, makeControlFolder } from '../sshConfig/index.ts';
import { endingWell, type SessionOptions, untilReaderGone, withSession } from './start.ts';

/** `proxy PORT`: SSH on standard input and output, for `ssh`'s ProxyCommand. Also `40123.sallyport`. */
export async function proxy(port: string, options: SessionOptions): Promise<void> {
  const run = withSession(port, options, async (session, { data }) => {
    // It may lie in a folder for temporary files, which is emptied now and then; `ssh` needs it after us.
    makeControlFolder(controlFolder(data));
    const channel = await session.openChannel('ssh');
    await Promise.race([carry(channel, process.stdin, process.stdout), untilReaderGone(process.stdout)]);
    if (session.ending) throw await whyCut(session);
  });
  // `ssh` hangs up on its ProxyCommand when it is done.
  await endingWell(run);
}
