import { once } from 'node:events';
import type { ToDevice } from '@sallyport/protocol/tunnel';
import { askChannel, open, pair } from '../hostile/line.ts';
import { type Attempt, GotIn, given, refusedWith } from './attempt.ts';
import { type Door, doorOf, reach } from './moves.ts';
import type { Scene, Theft } from './scene.ts';

const shortMs = 10_000;
/** As far as a certificate that is made now reaches back, nearly. */
const backMs = 4 * 60_000;
type Ended = { error: { code: string } };

/** More than the administrator allowed: `terminal` and `files:write`. Erin is paired. */
export function widerAttempt({ erin, device, target }: Scene, { relay }: Theft, door: Door): Attempt {
  const wanted = [`127.0.0.1:${target.port}`, 'web'];
  return {
    title: 'the scopes of a grant',
    tried: `lists them as wide as it likes, and has a session of erin's ask for ${wanted.join(' and for ')}`,
    act: async () => {
      const grants = [
        { grant: door.id, port: door.port, scopes: [`tcp:${wanted[0]}`, 'web'], connected: true },
      ];
      relay.answer = () => ({ status: 200, body: { v: 1, grants } });
      const { stream, http2 } = await open(await reach(door, erin.own), door.port, door.id);
      const watch = device.watch();
      for (const name of wanted) {
        const { status, code } = await askChannel(http2, name);
        if (status === 200) throw new GotIn(`a channel to ${name} was opened`);
        given(code === 'scope-refused', `${name} was answered by ${status} ${code}`);
      }
      const seen = await watch.seen('channel-refused-1');
      const { status } = await askChannel(http2, 'ssh');
      given(status === 200, `ssh was answered by ${status}`);
      stream.endDeliberately('session-closed');
      return {
        outcome: 'scope-refused, each',
        seen,
        honest: 'a channel to ssh, which was allowed, is opened',
      };
    },
  };
}

/** Disable, and the relay goes on as if nothing had been said. Erin is paired. */
export function afterDisableAttempt({ erin, device }: Scene, door: Door): Attempt {
  return {
    title: 'a grant that is disabled',
    tried: 'leaves the connection of a live session open, tells the device nothing, and knocks again',
    act: async () => {
      const { stream } = await open(await reach(door, erin.own), door.port, door.id);
      const watch = device.watch();
      const ended = once(stream, 'ended') as Promise<[Ended]>;
      const started = performance.now();
      await device.disable();
      const [{ error }] = await ended;
      const ms = Math.round(performance.now() - started);
      given(error.code === 'grant-ended', `the session ended with ${error.code}`);
      const knocking = door.relay.knock(door.tunnel, erin.own);
      const late = await Promise.race([
        refusedWith(knocking, 'grant-ended'),
        door.tunnel.closed.then(() => 'its tunnel is closed'),
      ]);
      return {
        outcome: `the session ended ${ms} ms after Disable; to knock again is no use: ${late}`,
        seen: await watch.seen('grant-ended-1'),
        honest: 'the session was live until then',
      };
    },
  };
}

/** Begins at once, for it takes the ten seconds of the shortest grant; the attempt waits for its end. */
export function longerAttempt({ otto }: Scene, { other }: Theft): Attempt {
  const { device } = other;
  const run = lengthen();
  run.catch(() => {}); // Told by the attempt.
  return {
    title: 'the end of a grant',
    tried:
      'tells the device, twice a second, that the grant was opened just now, and that it is still four minutes before that',
    act: () => run,
  };

  async function lengthen(): ReturnType<Attempt['act']> {
    const { relay } = other;
    const truth = relay.opened;
    const now = Date.now() - backMs;
    relay.opened = (opening) => ({ ...truth(opening), now }) as ToDevice;
    const watch = device.watch();
    const started = performance.now();
    const otp = await device.enable({ forMs: shortMs, scopes: ['web'] });
    const door = await doorOf(relay, device);
    const line = await reach(door, otto.own);
    await pair(line, door.port, otp);
    const { stream } = await open(line, door.port, door.id);
    const ended = once(stream, 'ended') as Promise<[Ended]>;
    const lie = setInterval(() => {
      if (door.tunnel.socket.readyState !== 1) return;
      door.tunnel.say({ ...truth(door.tunnel.open), now } as ToDevice);
    }, 500);
    try {
      const late = setTimeout(() => stream.endDeliberately('timed-out'), 2 * shortMs);
      const [{ error }] = await ended;
      clearTimeout(late);
      const ms = performance.now() - started;
      if (error.code !== 'grant-ended' || ms > shortMs + 2_000) {
        throw new GotIn(
          `a session of ${shortMs / 1_000} s lasted ${(ms / 1_000).toFixed(1)} s (${error.code})`,
        );
      }
      return {
        outcome: `its session ended ${(ms / 1_000).toFixed(1)} s after Enable for ${shortMs / 1_000} s, by the device's own clock`,
        seen: await watch.seen('grant-ended-1'),
        honest: 'the session was live until then',
      };
    } finally {
      clearInterval(lie);
      relay.opened = truth;
    }
  }
}
