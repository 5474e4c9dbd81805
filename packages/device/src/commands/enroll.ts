import { hostname } from 'node:os';
import type { Clock } from '@sallyport/protocol/environment';
import { SallyportError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson } from '@sallyport/runtime/command';
import { systemRandom } from '@sallyport/runtime/random';
import { statusSchema } from '../agent/status.ts';
import { callAgent } from '../api/client.ts';
import { enroll, readToken } from '../identity/index.ts';
import { type CommandFlags, proxyFlag, say } from './flags.ts';
import { deviceFolder, identityOf, timeOf, withState } from './folder.ts';
import { wayOutOf } from './settings.ts';

export type EnrollFlags = CommandFlags & {
  readonly name?: string;
  readonly again?: boolean;
  readonly proxy?: string;
};

/** `enroll TOKEN`: gets this device an identity at the relay that the token names. */
export async function runEnroll(token: string, flags: EnrollFlags): Promise<void> {
  // First of all: what is no token leaves no data folder behind.
  readToken(token);
  const clock = systemClock();
  const folder = deviceFolder(flags.data, { create: true });
  // Asked for while the state is open: it may be kept there.
  const { proxy, source } = await withState(folder, systemRandom, ({ settings }) => {
    const way = wayOutOf(folder.path, settings, proxyFlag(flags.proxy));
    return { proxy: way.proxy, source: way.source() };
  });
  const identity = await enroll({
    token,
    name: printable(flags.name ?? hostname(), 100),
    again: flags.again ?? false,
    identity: identityOf(folder),
    clock,
    signal: interruptSignal(),
    proxy,
    source,
    time: await timeOf(folder, clock),
  });
  await withState(folder, systemRandom, (state) =>
    state.audit.append('device-enrolled-1', { device: identity.id, relay: identity.host }, clock.wallMs()),
  );
  await tellAgent(folder.path, clock);
  if (flags.json) printJson({ device: identity.id, relay: identity.host, ports: identity.ports });
  else
    say(
      `Enrolled as ${identity.id} at ${identity.host}.`,
      `Next: sallyport-device serve${flags.data === undefined ? '' : ` --data ${folder.path}`}`,
    );
}

/** An agent that runs already takes the new identity at once; one that does not will find it. */
async function tellAgent(folder: string, clock: Clock): Promise<void> {
  try {
    await callAgent(folder, clock, { method: 'POST', path: '/v1/identity', answer: statusSchema });
  } catch (error) {
    if (!(error instanceof SallyportError) || error.code !== 'agent-not-running') throw error;
  }
}
