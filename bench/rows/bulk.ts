/** One stream of bulk on loopback, by every tool. */
import type { Row } from '../row.ts';
import { bareSplice, openSplice } from '../sides/splice.ts';
import type { Line } from '../table.ts';
import { measureTools } from '../tools.ts';

const mebibyte = 2 ** 20;

export const row: Row = {
  name: 'bulk',
  quick: true,
  run: async (bench) => {
    const options = {
      sides: { ours: await bench.sallyport(), nested: await bench.openssh() },
      bytes: (bench.quick ? 96 : 512) * mebibyte,
      repetitions: bench.repetitions,
      folder: bench.folder,
      say: bench.say,
      bare: { name: bareSplice, open: openSplice },
      goals: (tool: 'tcp' | 'other', peer: string) =>
        tool === 'tcp'
          ? [
              { peer, atLeast: 2 },
              { peer: bareSplice, atLeast: 0.5 },
            ]
          : [{ peer, atLeast: 1 }],
    };
    const lines: Line[] = [...(await measureTools(options, 'from'))];
    if (!bench.quick) lines.push(...(await measureTools(options, 'to')));
    return lines;
  },
};
