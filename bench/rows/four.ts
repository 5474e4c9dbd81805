/** Four sessions at once through one relay; and what the relay's own part costs, beside a bare splice. */
import { throughPort, throughPortsAtOnce } from '../flow.ts';
import { processorSeconds } from '../processor.ts';
import type { Row } from '../row.ts';
import type { Forward } from '../sides/side.ts';
import { bareSplice, openSplice } from '../sides/splice.ts';
import { type Line, megabytesPerSecond } from '../table.ts';
import { inTurns } from '../turns.ts';

const mebibyte = 2 ** 20;
const sessions = 4;

export const row: Row = {
  name: 'four sessions',
  quick: true,
  run: async (bench) => {
    const ours = await bench.sallyport();
    const bytes = (bench.quick ? 128 : 256) * mebibyte;
    const forwards: Forward[] = [];
    for (let opened = 0; opened < sessions; opened += 1) {
      const forward = await ours.forward();
      bench.defer(forward.end);
      forwards.push(forward);
    }
    const [first] = forwards;
    if (!first) throw new Error('no session');
    const flow = (port: number): Promise<number> => throughPort(ours.enter, port, 'from', bytes);
    bench.say('one and four at once');
    const rates = await inTurns(
      {
        one: () => flow(first.port),
        four: () =>
          throughPortsAtOnce(
            ours.enter,
            forwards.map(({ port }) => port),
            bytes,
          ),
      },
      bench.repetitions,
    );
    const alone = 'one of them alone';
    const line: Line = {
      what: 'four sessions at once, their sum',
      unit: megabytesPerSecond,
      ours: rates.four,
      peers: [{ name: alone, values: rates.one }],
      goals: [{ peer: alone, atLeast: 1 }],
    };
    return [line, await relayAlone(bench.repetitions, bytes)];

    /** By the processor time that it takes: on few cores the processes at the ends leave little to either of the two. */
    async function relayAlone(repetitions: number, each: number): Promise<Line> {
      bench.say("the relay's own part");
      const bare = await openSplice();
      bench.defer(bare.end);
      const perCore = (pid: number | undefined, port: number) => async (): Promise<number> => {
        if (pid === undefined) throw new Error('the process has not started');
        const before = processorSeconds(pid);
        await flow(port);
        return each / 1e6 / (processorSeconds(pid) - before);
      };
      const { relay, splice } = await inTurns(
        {
          relay: perCore(ours.relay.child.pid, first?.port ?? 0),
          splice: perCore(bare.pid, bare.port),
        },
        repetitions,
      );
      return {
        what: "the relay's splice",
        unit: megabytesPerSecond,
        ours: relay,
        peers: [{ name: bareSplice, values: splice }],
        goals: [{ peer: bareSplice, atLeast: 0.6 }],
        note: 'for each second of processor time of its process; TLS on both sides against none',
      };
    }
  },
};
