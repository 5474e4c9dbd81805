/** What a relay can do, and the thief does. */
import type { Duplex } from 'node:stream';
import { fail } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import type { FromRepresentative, HelloChannel } from '@sallyport/protocol/session';
import { type HostileRelay, type HostileTunnel, makeTicket, type Visitor } from '../hostile/hostileRelay.ts';
import { asRepresentative, fromRepresentative, type Line } from '../hostile/line.ts';
import type { Someone } from '../hostile/people.ts';
import type { Finished } from '../stage/program.ts';
import type { Appliance } from './appliance.ts';
import { GotIn } from './attempt.ts';
import { pause } from './pause.ts';
import type { Representative } from './scene.ts';

/** How long the device may take to decline a knock. In milliseconds. */
const declineMs = 5_000;

/** A grant that is open, and the device's tunnel to the thief for it. */
export type Door = {
  readonly relay: HostileRelay;
  readonly device: Appliance;
  readonly tunnel: HostileTunnel;
  readonly id: GrantId;
  readonly port: PortNumber;
};

/** Waits for the tunnel of the grant that is open on the device now. */
export async function doorOf(relay: HostileRelay, device: Appliance): Promise<Door> {
  for (;;) {
    const tunnel = await relay.tunnel();
    const { grant, port } = await opened(device);
    if (tunnel.open.grant === grant) return { relay, device, tunnel, id: grant, port };
  }
}

async function opened(device: Appliance): Promise<{ grant: GrantId; port: PortNumber }> {
  for (let looks = 0; looks < 400; looks += 1) {
    const { state, grant, port } = await device.status();
    if (state === 'open') return { grant: grant as GrantId, port: port as PortNumber };
    await pause(25);
  }
  throw new Error(`the grant of ${device.own.id} is not open`);
}

/** Has the device dial back, and speaks inner TLS with it as `who`. @throws what it declines with, a WireError */
export async function reach({ relay, tunnel }: Door, who: Someone): Promise<Line> {
  return asRepresentative(await relay.knock(tunnel, who), who, relay.keys.authority);
}

/**
 * Knocks in the name of `named`, comes as `who`, and does `act` if the device lets them.
 *
 * @throws what the device declines the knock with, whatever the thief's end of the connection made of it
 */
export async function comeAs(
  { relay, tunnel }: Door,
  named: Pick<Someone, 'id' | 'keySha256'>,
  who: Someone,
  act: (line: Line) => Promise<unknown>,
): Promise<void> {
  const ticket = makeTicket();
  const half = await relay.knock(tunnel, named, { ticket });
  const declined = tunnel.declined(ticket);
  try {
    await act(await asRepresentative(half, who, relay.keys.authority));
  } catch (error) {
    throw await Promise.race([declined, pause(declineMs).then(() => error)]);
  }
}

export const withOtp = (otp: string): { SALLYPORT_OTP: string } => ({ SALLYPORT_OTP: otp });
export const pairCommand = ({ port }: { port: number }): string[] => ['pair', String(port), '--json'];
export const execCommand = ({ port }: { port: number }, ...command: string[]): string[] => [
  'exec',
  String(port),
  '--json',
  '--',
  ...command,
];

/** The headers by which a relay tells whose half was joined. Its word, and no more. */
export const named = ({ id, device }: Door): { [name: string]: string } => ({
  'sallyport-grant': id,
  'sallyport-device': device.own.id,
});

/**
 * The representative's program runs and comes to the thief, who answers it; and again, if it comes again.
 *
 * @returns how the program ended, whatever became of the answer: it may be hung up on in the middle of it
 * @throws Error if the device did not come to take its part
 */
export async function lure(
  relay: HostileRelay,
  run: () => Promise<Finished>,
  answer: (visitor: Visitor) => Promise<unknown>,
): Promise<Finished> {
  const running = run();
  const visitor = await relay.visitor();
  try {
    await answer(visitor);
  } catch (error) {
    if (error instanceof GotIn) throw error;
    if (error instanceof NoHalf) {
      visitor.refuse(fail('device-away'));
      await running;
      throw error;
    }
  }
  return ended(relay, running, answer);
}

/** Waits for the end of a program, which may come again when it was cut off. @throws GotIn */
async function ended(
  relay: HostileRelay,
  running: Promise<Finished>,
  answer: (visitor: Visitor) => Promise<unknown>,
): Promise<Finished> {
  const answers: Promise<unknown>[] = [];
  const stop = relay.eachVisitor((visitor) => {
    answers.push(answer(visitor).catch((error: unknown) => error));
  });
  const finished = await running.finally(stop);
  const way = (await Promise.all(answers)).find((outcome) => outcome instanceof GotIn);
  if (way) throw way;
  return finished;
}

class NoHalf extends Error {}

/** Does what the true relay does: joins the visitor with the device that they asked for. @returns both halves */
export async function joinHalves(
  visitor: Visitor,
  door: Door,
  who: Someone,
  told = named(door),
): Promise<[near: Duplex, far: Duplex]> {
  const far = await door.relay.knock(door.tunnel, who).catch((error) => {
    throw new NoHalf(`the device did not come: ${error.code ?? error}`);
  });
  return [visitor.join(told), far];
}

/** Resolves when a stream is closed, in whatever way. */
export const closed = (stream: Duplex): Promise<void> =>
  new Promise((resolve) => stream.once('close', resolve));

/** Copies bytes both ways, as a relay does. */
export function splice(a: Duplex, b: Duplex): void {
  a.pipe(b);
  b.pipe(a);
  a.once('close', () => b.destroy());
  b.once('close', () => a.destroy());
}

/** The honest way in, through the thief's relay: what it does with the bytes is only to copy them. */
export async function letThrough(
  door: Door,
  who: Representative,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Finished> {
  return lure(
    door.relay,
    () => who.run(args, { env }),
    async (visitor) => splice(...(await joinHalves(visitor, door, who.own))),
  );
}

/** Why the representative's program ended. @throws GotIn if it ended well */
export function refusalOf({ status, stdout, stderr }: Finished): string {
  if (status === 0) throw new GotIn(`the representative's program was content: ${stdout}`);
  try {
    return (JSON.parse(stdout) as { error: { code: string } }).error.code;
  } catch {
    throw new Error(`the program ended with ${status}: ${stdout}${stderr}`);
  }
}

/** Passes frames on, one way, until they end. */
export async function passFrames(receive: () => Promise<object>, to: Line): Promise<void> {
  try {
    for (;;) to.channel.send((await receive()) as Parameters<HelloChannel['send']>[0]);
  } catch {
    to.socket.end();
  }
}

/** All that a representative still says, until they hang up. */
export async function allSaid(line: Line): Promise<FromRepresentative[]> {
  const said: FromRepresentative[] = [];
  for (;;) {
    const next = await fromRepresentative(line).catch(() => undefined);
    if (!next) return said;
    said.push(next);
  }
}
