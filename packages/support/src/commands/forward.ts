import { formatTarget } from '@sallyport/protocol/grant';
import { printJson } from '@sallyport/runtime/command';
import { openForward, parseForwardSpec } from '../forward/index.ts';
import { endingWell, type SessionOptions, untilInterrupted, withSession } from './start.ts';

/** `forward PORT [LOCAL:]HOST:PORT`: runs until it is interrupted, or the session ends. */
export async function forward(port: string, spec: string, options: SessionOptions): Promise<void> {
  const { localPort, target } = parseForwardSpec(spec);
  const name = formatTarget(target);
  const run = withSession(port, options, async (session, { signal }) => {
    session.mustAllow(`tcp:${name}`);
    const listener = await openForward({
      localPort,
      openChannel: () => session.openChannel(name),
      onFailure: (error) => void process.stderr.write(`sallyport: ${error.message} ${error.next}\n`),
    });
    try {
      if (options.json) printJson({ address: '127.0.0.1', port: listener.port, target: name });
      else process.stdout.write(`forwarding 127.0.0.1:${listener.port} → ${name}\n`);
      await untilInterrupted(signal);
    } finally {
      listener.close();
    }
  });
  await endingWell(run);
}
