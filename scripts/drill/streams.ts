import type { Duplex } from 'node:stream';
import type { StreamId } from '@sallyport/protocol/grant';
import { receiveAnswer } from '@sallyport/protocol/session';
import { open, pair } from '../hostile/line.ts';
import type { Someone } from '../hostile/people.ts';
import { type Attempt, refusedWith } from './attempt.ts';
import { type Door, reach } from './moves.ts';
import type { Scene, Theft } from './scene.ts';

type Resumed = { readonly connection: Duplex; readonly generation: number; readonly peerReceived: number };

/** Other people's streams. Erin is paired. */
export function streamAttempts({ erin, otto, device }: Scene, { keys }: Theft, door: Door): Attempt[] {
  const resume = async (stream: StreamId, who: Someone, received: number): Promise<Resumed> => {
    const line = await reach(door, who);
    const generation = 1;
    line.channel.send({ type: 'resume', port: door.port, grant: door.id, stream, generation, received });
    const answer = await receiveAnswer(line.channel, ['resumed'], { deadline: AbortSignal.timeout(10_000) });
    return { connection: line.channel.release(), generation, peerReceived: answer.received };
  };
  const attempt = (tried: string, code: string, who: () => Promise<Someone>, honest: string): Attempt => ({
    title: "another's stream",
    tried,
    act: async () => {
      const thief = await who();
      const { stream } = await open(await reach(door, erin.own), door.port, door.id);
      const watch = device.watch();
      const outcome = await refusedWith(resume(stream.id, thief, 0), code);
      const seen = await watch.seen('entry-refused-1');
      const { connection, ...terms } = await resume(stream.id, erin.own, stream.received);
      stream.attach(connection, terms);
      stream.endDeliberately('session-closed');
      return { outcome, seen, honest };
    },
  });
  return [
    attempt(
      'has learned its id, and resumes it with a certificate that it made in the name of erin',
      'not-paired',
      () => keys.issue('representative', erin.own.id),
      "erin's key resumes it, by the same words",
    ),
    attempt(
      "resumes it with otto's key, who is let in himself",
      'stream-unknown',
      async () => {
        await pair(await reach(door, otto.own), door.port, await device.newPassword());
        return otto.own;
      },
      "erin's key resumes it, by the same words",
    ),
  ];
}
