/** What the recording of a terminal costs: a shell that prints, recorded and not, by one and the same way without a relay. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { connectionWindowBytes, streamWindowBytes } from '@sallyport/protocol/channels';
import ssh2 from 'ssh2';
import { startService } from '../../scripts/stage/program.ts';
import type { Bench, Row } from '../row.ts';
import { type Line, megabytesPerSecond } from '../table.ts';
import { inTurns } from '../turns.ts';

const mebibyte = 2 ** 20;
const program = join(import.meta.dirname, '../parts/shellDevice.ts');
/** As the launcher starts the agent. */
const flags = ['--expose-gc', '--heap-growing-percent=200'];

export const row: Row = {
  name: 'recorded',
  quick: true,
  run: async (bench) => {
    const bytes = (bench.quick ? 32 : 128) * mebibyte;
    const text = join(bench.folder, 'text');
    writeFileSync(text, sampleText(bytes));
    // Recordings go to a disk, as on a device.
    const disk = mkdtempSync(join(tmpdir(), 'sallyport-recorded-'));
    bench.defer(() => rmSync(disk, { recursive: true, force: true }));
    const recorded = await startDevice(bench, join(disk, 'recordings'));
    const plain = await startDevice(bench, '-');
    bench.say('shells that print');
    const rates = await inTurns(
      { recorded: () => printed(recorded, text), plain: () => printed(plain, text) },
      bench.repetitions,
    );
    const line: Line = {
      what: 'a terminal that prints, recorded',
      unit: megabytesPerSecond,
      ours: rates.recorded,
      peers: [{ name: 'not recorded', values: rates.plain }],
      goals: [{ peer: 'not recorded', atLeast: 0.8 }],
      note: 'SSH over HTTP/2 over TCP; no relay, no TLS',
    };
    return [line];
  },
};

/** Text as a build prints it: lines, colours, a few characters beyond ASCII. */
function sampleText(bytes: number): string {
  const line = (n: number): string =>
    `\u001b[32m[${n}]\u001b[0m Compiling src/module_${n % 997}/größe.c … "done" in ${n % 89} ms\n`;
  let block = '';
  for (let n = 0; block.length < mebibyte; n += 1) block += line(n);
  return block.repeat(Math.ceil(bytes / block.length));
}

async function startDevice(bench: Bench, folder: string): Promise<number> {
  const service = startService(process.execPath, [...flags, program, folder]);
  bench.defer(() => service.end('SIGKILL'));
  return Number(await service.line(/^\d+$/));
}

/** @returns MB/s of what arrives from a terminal */
async function printed(port: number, text: string): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const http2 = connectHttp2('http://device', {
    createConnection: () => socket,
    settings: { initialWindowSize: streamWindowBytes },
  });
  http2.once('connect', () => http2.setLocalWindowSize(connectionWindowBytes));
  const channel = http2.request({ ':method': 'CONNECT', ':authority': 'ssh' });
  const client = new ssh2.Client();
  client.connect({ sock: channel as never, username: 'bench' });
  await once(client, 'ready');
  const stream = await new Promise<Duplex>((resolve, reject) =>
    client.exec(`cat ${text}`, { pty: { term: 'xterm' } }, (error, opened) =>
      error ? reject(error) : resolve(opened),
    ),
  );
  let bytes = 0;
  let began = 0;
  stream.on('data', (chunk: Buffer) => {
    if (bytes === 0) began = performance.now();
    bytes += chunk.length;
  });
  await once(stream, 'close');
  const seconds = (performance.now() - began) / 1_000;
  http2.destroy();
  return bytes / 1e6 / seconds;
}
