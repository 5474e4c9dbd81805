import { printJson } from '@sallyport/runtime/command';
import { systemRandom } from '@sallyport/runtime/random';
import { openWebListener } from '../web/index.ts';
import { endingWell, type SessionOptions, untilInterrupted, withSession } from './start.ts';

/** `web PORT`: the device's web interface at an address of this computer, until it is interrupted or the session ends. */
export async function web(port: string, options: SessionOptions): Promise<void> {
  const run = withSession(port, options, async (session, { signal }) => {
    session.mustAllow('web');
    const listener = await openWebListener({
      device: session.device,
      openChannel: () => session.openChannel('web'),
      random: systemRandom,
    });
    try {
      if (options.json)
        printJson({ address: listener.firstAddress, origin: listener.origin, device: session.device });
      else process.stdout.write(`${listener.firstAddress}\n(works once; ends with Ctrl-C)\n`);
      await untilInterrupted(signal);
    } finally {
      listener.close();
    }
  });
  await endingWell(run);
}
