import type { Duplex } from 'node:stream';
import type { Ticket } from '@sallyport/protocol/grant';
import { makeTicket, type Visitor } from '../hostile/hostileRelay.ts';
import { asRepresentative, open } from '../hostile/line.ts';
import { type Attempt, GotIn, given } from './attempt.ts';
import { closed, type Door, execCommand, joinHalves, lure, splice } from './moves.ts';
import { isIn, needleOf } from './needles.ts';
import type { Scene, Theft } from './scene.ts';

const lines = 100_000;
/** Of what the device sends: well into what the command says. */
const changedByte = 300_000;

/** What the thief copied of one session: its first connection, and the one by which it was resumed. */
type Recorded = { readonly opening: Buffer[]; readonly resuming: Buffer[]; readonly fromDevice: Buffer[] };

/** The thief copies bytes of a session of erin's, changes one, and plays them again. Erin is paired. */
export function replayAttempts({ erin, device }: Scene, { relay, keys }: Theft, door: Door): Attempt[] {
  const recorded: Recorded = { opening: [], resuming: [], fromDevice: [] };
  const secret = `what erin reads ${door.id.split('').reverse().join('')}`;

  async function replay(sent: readonly Buffer[]): Promise<string> {
    given(sent.length > 0, 'nothing was recorded');
    const far = await relay.knock(door.tunnel, erin.own);
    let answered = 0;
    far.on('data', (chunk: Buffer) => {
      answered += chunk.length;
    });
    const ended = closed(far);
    far.write(Buffer.concat(sent));
    await ended;
    const { sessions } = await device.status();
    if (sessions.length > 0) throw new GotIn('a session is open');
    return `the handshake fails after ${answered} bytes of answer`;
  }
  const replayed = (what: string, sent: () => readonly Buffer[]): Attempt => ({
    title: 'a recording',
    tried: `knocks again, and plays ${what}, byte by byte`,
    act: async () => {
      const watch = device.watch();
      const outcome = await replay(sent());
      return {
        outcome,
        seen: await watch.seen('knock-refused-1'),
        honest: 'it was good once, in the line above',
      };
    },
  });

  /** A session of erin's by this knock, as her program would open it. */
  async function openBy(ticket: Ticket): Promise<void> {
    const half = await relay.knock(door.tunnel, erin.own, { ticket });
    const line = await asRepresentative(half, erin.own, keys.authority);
    const { stream } = await open(line, door.port, door.id);
    stream.endDeliberately('session-closed');
  }

  return [
    {
      title: 'a knock',
      tried:
        "says the knock of a session of erin's again, word for word, with its ticket, and comes with a key of its own",
      act: async () => {
        const ticket = makeTicket();
        await openBy(ticket);
        const watch = device.watch();
        const thief = await keys.issue('representative', 'anybody@thief.example');
        const half = await relay.knock(door.tunnel, erin.own, { ticket });
        const ended = closed(half);
        // The device takes nobody for erin: whatever TLS makes of it here, its end is what counts.
        await asRepresentative(half, thief, keys.authority).then(
          (line) => open(line, door.port, door.id).then(gotIn, () => {}),
          () => {},
        );
        await ended;
        const seen = await watch.seen('knock-refused-1');
        await openBy(ticket);
        return {
          outcome: 'the device calls back, sees another key than the knock names, and hangs up',
          seen,
          honest: "by the very same words erin's key opens a session",
        };
      },
    },
    {
      title: 'bytes on their way',
      tried: "changes one bit in the middle of what a command of erin's says",
      act: async () => {
        const watch = device.watch();
        const command = `echo ${secret}; seq ${lines}`;
        const { status, stdout, stderr } = await lure(
          relay,
          () => erin.run(execCommand(door, command)),
          async (visitor) => {
            const [near, far] = await joinHalves(visitor, door, erin.own);
            near.on('data', (chunk: Buffer) => keep(recorded.opening, chunk));
            far.on('data', (chunk: Buffer) => keep(recorded.fromDevice, chunk));
            await changeOneBit(near, far);
            await resumeHonestly(await relay.visitor());
          },
        );
        const wanted = `${secret}\n${Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join('')}`;
        given(status === 0, `the command ended with ${status}: ${stderr}`);
        if (stdout !== wanted) throw new GotIn('erin reads something else than the command said');
        return {
          outcome:
            'the connection ends there, the session goes on over the next one, and erin reads every byte as it was said',
          seen: await watch.seen('session-resumed-1'),
          honest: 'the bytes of the next connection are only copied',
        };
      },
    },
    {
      title: 'bytes on their way',
      tried: 'reads what it copied, both ways',
      act: async () => {
        const all = Buffer.concat([...recorded.opening, ...recorded.fromDevice, ...recorded.resuming]);
        const what = needleOf('what erin read', secret);
        if (isIn(all, what)) throw new GotIn('it reads what erin reads');
        given(all.length > changedByte, 'nothing was copied');
        return {
          outcome: `nothing of it in ${Math.round(all.length / 1024)} KiB`,
          seen: 'nothing: reading leaves no trace',
          honest: 'erin read it',
        };
      },
    },
    replayed("erin's half of the session that it copied", () => recorded.opening),
    replayed('the connection by which her session was resumed', () => recorded.resuming),
  ];

  async function resumeHonestly(visitor: Visitor): Promise<void> {
    const [near, far] = await joinHalves(visitor, door, erin.own);
    near.on('data', (chunk: Buffer) => keep(recorded.resuming, chunk));
    splice(near, far);
  }
}

function gotIn(): never {
  throw new GotIn('a session is open');
}

const keep = (into: Buffer[], chunk: Buffer): void => void into.push(Buffer.from(chunk));

/** Copies both ways, and changes one bit of what the device says. Resolves when the connection has ended of it. */
async function changeOneBit(near: Duplex, far: Duplex): Promise<void> {
  near.pipe(far);
  let passed = 0;
  far.on('data', (chunk: Buffer) => {
    const at = changedByte - passed;
    passed += chunk.length;
    const changed = Buffer.from(chunk);
    if (at >= 0 && at < chunk.length) changed[at] = (changed[at] ?? 0) ^ 1;
    if (!near.destroyed) near.write(changed);
  });
  await closed(near);
  far.destroy();
}
