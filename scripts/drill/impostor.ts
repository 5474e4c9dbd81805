import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ristretto255 } from '@noble/curves/ed25519.js';
import { makeStreamId } from '@sallyport/protocol/grant';
import { systemRandom } from '@sallyport/runtime/random';
import { asDevice, fromRepresentative, type Line, letPair, otherThan } from '../hostile/line.ts';
import type { Finished } from '../stage/program.ts';
import { type Attempt, GotIn, given } from './attempt.ts';
import {
  allSaid,
  type Door,
  execCommand,
  letThrough,
  lure,
  named,
  pairCommand,
  refusalOf,
  withOtp,
} from './moves.ts';
import { checkPins } from './oracle.ts';
import type { Scene, Theft } from './scene.ts';

type Opened = Extract<Parameters<Line['channel']['send']>[0], { type: 'opened' }>;

/** The thief in the place of a device that is paired with. */
export function changedDeviceAttempt({ erin, device }: Scene, { keys, relay }: Theft, door: Door): Attempt {
  return {
    title: "a device's certificate",
    tried: `makes one for ${device.own.id}, with another key, and takes erin's session in its place`,
    act: async () => {
      const watch = device.watch();
      const impostor = await keys.issue('device', device.own.id);
      const finished = await lure(
        relay,
        () => erin.run(execCommand(door, 'true')),
        async (visitor) => {
          await saysNothing(await asDevice(visitor.join(named(door)), impostor, keys.authority));
        },
      );
      const outcome = refusalOf(finished);
      given(outcome === 'device-changed', `erin's program said ${outcome}`);
      const seen = `${await watch.seen()}, for nobody came to the device`;
      const { status, stdout } = await letThrough(door, erin, [
        'exec',
        String(door.port),
        '--',
        'echo',
        'here',
      ]);
      given(status === 0 && stdout === 'here\n', 'the true device did not answer either');
      return {
        outcome: `erin's program hangs up: ${outcome}`,
        seen,
        honest: 'the true device, reached through the same relay, runs her command',
      };
    },
  };
}

/** The thief in the place of the device that otto wants to pair with. The OTP is live. */
export async function impostorAttempts(
  scene: Scene,
  { keys, relay }: Theft,
  door: Door,
  otp: string,
): Promise<Attempt[]> {
  const { otto, device } = scene;
  const impostor = await keys.issue('device', device.own.id);
  const impersonate = (act: (line: Line) => Promise<unknown>): Promise<Finished> =>
    lure(
      relay,
      () => otto.run(pairCommand(door), { env: withOtp(otp) }),
      async (visitor) => act(await asDevice(visitor.join(named(door)), impostor, keys.authority)),
    );
  const attempt = (tried: string, code: string, act: (line: Line) => Promise<unknown>): Attempt => ({
    title: 'the place of the device',
    tried,
    act: async () => {
      const watch = device.watch();
      const outcome = refusalOf(await impersonate(act));
      given(outcome === code, `otto's program said ${outcome}, not ${code}`);
      checkPins(otto, scene.honest);
      const seen = `${await watch.seen()}, for nobody came to the device`;
      return { outcome: `otto's program hangs up: ${outcome}`, seen };
    },
  });
  const opened: Opened = {
    type: 'opened',
    grant: door.id,
    port: door.port,
    device: device.own.id,
    stream: makeStreamId(systemRandom),
    scopes: ['terminal'],
    leftMs: 60_000,
    hostKey: `ssh-ed25519 ${Buffer.alloc(51).toString('base64')}`,
  };
  const guessed = attempt('pairs with otto, by an OTP that it guessed', 'otp-wrong', (line) =>
    letPair(line, door.id, otherThan(otp)),
  );
  return [
    attempt('says "ok" after the first message of CPace', 'pairing-failed', async (line) => {
      await toShare(line, door);
      line.channel.send({ type: 'ok' });
      await saysNothing(line);
    }),
    attempt('says "opened", as if they were paired', 'message-unknown', async (line) => {
      await fromRepresentative(line);
      line.channel.send(opened);
      await saysNothing(line);
    }),
    attempt(
      'sends a share of its choice and a made-up tag, for something to hold guesses of the OTP against at leisure',
      'pairing-failed',
      async (line) => {
        await toShare(line, door);
        const share = Buffer.from(ristretto255.Point.BASE.toBytes()).toString('base64url');
        line.channel.send({ type: 'proof', share, tag: Buffer.alloc(64, 1).toString('base64url') });
        const answer = await fromRepresentative(line);
        if (answer.type === 'confirm') throw new GotIn('otto sent a tag that guesses can be held against');
        line.socket.end();
      },
    ),
    {
      ...guessed,
      act: async () => {
        const result = await guessed.act();
        scene.honest.add(impostor.keySha256);
        const { status, stdout } = await impersonate(async (line) => {
          await letPair(line, door.id, otp);
          await fromRepresentative(line);
          line.channel.send(opened);
          await allSaid(line);
        });
        given(status === 0, `with the OTP itself otto's program ended with ${status}: ${stdout}`);
        rmSync(join(otto.data, 'pins', `${door.id}.json`));
        scene.honest.delete(impostor.keySha256);
        return {
          ...result,
          honest: 'a device that knows the OTP is paired with, certificate of the thief or not',
        };
      },
    },
  ];
}

/** The representative hangs up without another word. @throws GotIn if they go on */
async function saysNothing(line: Line): Promise<void> {
  const said = await fromRepresentative(line).catch(() => undefined);
  if (said) throw new GotIn(`the representative's program goes on, and says "${said.type}"`);
}

/** Until the representative has said `pair` and sent the first message of CPace. */
async function toShare(line: Line, { id, port }: Door): Promise<void> {
  await fromRepresentative(line);
  line.channel.send({ type: 'ready', grant: id, port });
  await fromRepresentative(line);
}
