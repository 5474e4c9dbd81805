import { formatMoment, printable } from '@sallyport/protocol/text';
import { printJson } from '@sallyport/runtime/command';
import { type SessionOptions, withSession } from './start.ts';

/** `pair PORT`: pairs, if that is still to be done; then everything else works without the one-time password. */
export async function pair(port: string, options: SessionOptions): Promise<void> {
  await withSession(port, options, async (session) => {
    const endsAt = new Date(Date.now() + session.leftMs).toISOString();
    const { grant, device, scopes } = session;
    if (options.json) printJson({ port: session.port, device, grant, endsAt, scopes });
    else
      process.stdout.write(
        `Paired with ${device} until ${formatMoment(endsAt)}: ${printable(scopes.join(' '), 500)}\n`,
      );
  });
}
