import type { Duplex } from 'node:stream';
import type { PortNumber } from '@sallyport/protocol/grant';
import type { Visitor } from '../hostile/hostileRelay.ts';
import { programs } from '../stage/program.ts';
import { openTerminal, type Terminal } from '../stage/terminal.ts';
import { type Attempt, GotIn, given } from './attempt.ts';
import {
  type Door,
  doorOf,
  execCommand,
  joinHalves,
  letThrough,
  lure,
  named,
  pairCommand,
  refusalOf,
  splice,
  withOtp,
} from './moves.ts';
import type { Representative, Scene, Theft } from './scene.ts';

/**
 * The thief hands a representative to another device. Two devices have a grant under the same port number, which the
 * thief gave them; erin is paired with the first one, otto with none.
 */
export function handOverAttempts(
  { erin, otto, device }: Scene,
  { relay, other }: Theft,
  door: Door,
  { otp, otherDoor }: { otp: string; otherDoor: Door },
): Attempt[] {
  const title = 'another device';
  const handTo =
    (to: Door, who: Representative, told: { [name: string]: string }) => async (visitor: Visitor) =>
      splice(...(await joinHalves(visitor, to, who.own, told)));
  return [
    {
      title,
      tried: `joins a session of erin's, who is paired with ${device.own.id}, with ${other.device.own.id}`,
      act: async () => {
        const watch = other.device.watch();
        const finished = await lure(
          relay,
          () => erin.run(execCommand(door, 'true')),
          handTo(otherDoor, erin, named(door)),
        );
        const outcome = refusalOf(finished);
        given(outcome === 'device-changed', `erin's program said ${outcome}`);
        const seen = await watch.logged('knock-not-followed-1', 'entry-refused-1');
        const { status } = await letThrough(door, erin, execCommand(door, 'true'));
        given(status === 0, `with the right device it ended with ${status}`);
        return {
          outcome: `erin's program hangs up: ${outcome}`,
          seen,
          honest: 'the device that she is paired with runs her command',
        };
      },
    },
    {
      title,
      tried: `has otto, who types the OTP of ${device.own.id}, pair with ${other.device.own.id}`,
      act: async () => {
        const watch = other.device.watch();
        const finished = await lure(
          relay,
          () => otto.run(pairCommand(door), { env: withOtp(otp) }),
          handTo(otherDoor, otto, named(otherDoor)),
        );
        const outcome = refusalOf(finished);
        given(outcome === 'otp-wrong', `otto's program said ${outcome}`);
        const seen = await watch.seen('pairing-failed-1');
        const { status, stdout } = await letThrough(door, otto, pairCommand(door), withOtp(otp));
        given(status === 0, `the right device did not pair: ${stdout}`);
        return {
          outcome: `refused at both ends: ${outcome}`,
          seen,
          honest: 'the same OTP and the right device: paired',
        };
      },
    },
    {
      title,
      tried: `says that port number ${door.port} is that of a grant of ${other.device.own.id} that erin is paired with, too, and joins her with that`,
      act: async () => {
        const second = await anotherPort(other);
        const paired = await lure(
          relay,
          () => erin.run(pairCommand(second.door), { env: withOtp(second.otp) }),
          handTo(second.door, erin, named(second.door)),
        );
        given(paired.status === 0, `erin did not pair: ${paired.stdout}`);
        const watch = other.device.watch();
        const finished = await lure(
          relay,
          () => erin.run(execCommand(door, 'true'), { env: withOtp(otp) }),
          async (visitor) => {
            // Twice her program finds no pin for this port number in that grant; then it tries to pair.
            const hand = handTo(second.door, erin, named(second.door));
            await hand(visitor);
            await hand(await relay.visitor());
            await hand(await relay.visitor());
          },
        );
        const outcome = refusalOf(finished);
        given(outcome === 'grant-other', `erin's program said ${outcome}`);
        const seen = await watch.seen('entry-refused-1');
        const { status } = await lure(
          relay,
          () => erin.run(execCommand(second.door, 'true')),
          handTo(second.door, erin, named(second.door)),
        );
        given(status === 0, `by the right port number it ended with ${status}`);
        return {
          outcome,
          seen,
          honest: `port number ${second.door.port}, which is that grant's, leads there`,
        };
      },
    },
  ];
}

/** A grant of the other device under a port number of its own. */
async function anotherPort({ device, relay }: Theft['other']): Promise<{ door: Door; otp: string }> {
  const { opened } = relay;
  relay.opened = (open) => ({ ...opened(open), port: 42_345 as PortNumber });
  const otp = await device.enable({ forMs: 3_600_000, scopes: ['terminal'] });
  const door = await doorOf(relay, device);
  relay.opened = opened;
  return { door, otp };
}

/** Two sessions in one grant that are joined crosswise from their first byte. Erin and otto are paired. */
export function swapAttempt({ erin, otto, device }: Scene, { relay }: Theft, door: Door): Attempt {
  return {
    title: 'two sessions',
    tried: "joins erin with the device's half for otto, and otto with that for erin, from the first byte",
    act: async () => {
      const watch = device.watch();
      const swapped = async (who: Representative, as: Representative): Promise<string> => {
        const finished = await lure(
          relay,
          () => who.run(execCommand(door, 'echo "as: $SALLYPORT_REPRESENTATIVE."')),
          async (visitor) => splice(...(await joinHalves(visitor, door, as.own))),
        );
        return refusalOf(finished);
      };
      const outcomes = [await swapped(erin, otto), await swapped(otto, erin)];
      const seen = await watch.seen('knock-refused-1', 2);
      const { status, stdout } = await letThrough(door, erin, execCommand(door, 'true'));
      given(status === 0, `joined with her own half erin ended with ${status}: ${stdout}`);
      return {
        outcome: `the device hangs up on both: ${[...new Set(outcomes)].join(' and ')}`,
        seen,
        honest: 'each half is good for the one whom it was made for',
      };
    },
  };
}

/** Two live sessions in one grant whose bytes are crossed. Erin and otto are paired. */
export function crossingAttempt({ erin, otto, device }: Scene, { relay }: Theft, door: Door): Attempt {
  return {
    title: 'two sessions',
    tried: 'crosses the bytes of a live session of erin with those of one of otto, both ways',
    act: async () => {
      const watch = device.watch();
      const hers = connect(erin, door);
      const his = connect(otto, door);
      try {
        const [one, another] = [await nextCable(), await nextCable()];
        await Promise.all([hers, his].map(isUp));
        cross(one, another);
        // What is typed now arrives at the wrong end.
        const resumed = [nextCable(), nextCable()];
        for (const terminal of [hers, his]) terminal.type('echo "as: $SALLYPORT_REPRESENTATIVE."\r');
        await Promise.all(resumed);
        const [as, ottoAs] = await Promise.all(
          [hers, his].map((terminal) => terminal.shows(/as: ([^$\s]\S*)\./)),
        );
        if (as?.[1] !== erin.own.id || ottoAs?.[1] !== otto.own.id) {
          throw new GotIn(`erin works as ${as?.[1]}, otto as ${ottoAs?.[1]}`);
        }
        return {
          outcome:
            'both connections end at the first byte; both sessions go on over new ones, each with its own person',
          seen: await watch.seen('session-resumed-1'),
          honest: 'both were live before, and are after',
        };
      } finally {
        for (const terminal of [hers, his]) terminal.kill();
      }
    },
  };

  /** Joins the next representative who comes with the device. Whose half it is, their certificate has told the relay. */
  async function nextCable(): Promise<Cable> {
    const visitor = await relay.visitor();
    const who = visitor.peer?.keySha256 === erin.own.keySha256 ? erin : otto;
    return lay(...(await joinHalves(visitor, door, who.own)));
  }
}

/** Both halves of a session, and where the thief sends what comes from each. */
type Cable = { readonly near: Duplex; readonly far: Duplex; fromNear: Duplex; fromFar: Duplex };

function lay(near: Duplex, far: Duplex): Cable {
  const cable = { near, far, fromNear: far, fromFar: near };
  const send = (to: Duplex, chunk: Buffer): void => void (to.destroyed || to.write(chunk));
  near.on('data', (chunk: Buffer) => send(cable.fromNear, chunk));
  far.on('data', (chunk: Buffer) => send(cable.fromFar, chunk));
  near.once('close', () => far.destroy());
  far.once('close', () => near.destroy());
  return cable;
}

function cross(one: Cable, another: Cable): void {
  [one.fromNear, another.fromNear] = [another.far, one.far];
  [one.fromFar, another.fromFar] = [another.near, one.near];
}

const connect = ({ data }: Representative, { port }: Door): Terminal =>
  openTerminal(programs.support, ['connect', String(port)], { SALLYPORT_DATA: data });

async function isUp(terminal: Terminal): Promise<void> {
  terminal.type('echo up-$((1+1))\r');
  await terminal.shows(/up-2/);
}
