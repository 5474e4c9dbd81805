import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { after, describe, it } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { silentLog } from '@sallyport/protocol/environment';
import { makeWebCertificate } from '@sallyport/protocol/issue';
import { createBrowserAcceptor } from '@sallyport/protocol/tls';
import fc from 'fast-check';
import { systemClock } from '../clock/index.ts';
import { systemRandom } from '../random/index.ts';
import { formatSyslog, parseCollector, type SyslogEntry, SyslogStream } from './index.ts';

const seed = 20_270_101;
const clock = systemClock();
const origin = { program: 'sallyport-device', host: 'press-7', pid: 42 };
const entry = (seq: number, fields: object = { n: seq }): SyslogEntry => ({
  seq,
  at: Date.UTC(2027, 0, 1),
  event: 'grant-enabled-1',
  hash: 'a'.repeat(64),
  clock: 'relay',
  fields,
});

/** What a collector makes of a stream of frames: each as long as it says. */
class Frames {
  readonly all: string[] = [];
  #held = Buffer.alloc(0);
  #heard: () => void = () => {};

  read(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk]);
    for (;;) {
      const space = this.#held.indexOf(0x20);
      if (space < 1) break;
      const bytes = Number(this.#held.subarray(0, space).toString('latin1'));
      assert.ok(Number.isInteger(bytes), 'a frame begins with its length');
      if (this.#held.length < space + 1 + bytes) break;
      this.all.push(this.#held.subarray(space + 1, space + 1 + bytes).toString('utf8'));
      this.#held = this.#held.subarray(space + 1 + bytes);
    }
    this.#heard();
  }

  async until(holds: (all: readonly string[]) => boolean): Promise<void> {
    while (!holds(this.all)) await new Promise<void>((resolve) => (this.#heard = resolve));
  }
}

const own = await makeWebCertificate({ names: ['localhost'], now: Date.now(), random: systemRandom });
const other = await makeWebCertificate({ names: ['localhost'], now: Date.now(), random: systemRandom });
const elsewhere = await makeWebCertificate({ names: ['elsewhere'], now: Date.now(), random: systemRandom });

/** A real server of TLS that takes what comes, and can be cut. */
async function collect(identity = own) {
  const acceptor = createBrowserAcceptor({ identity: () => identity, clock });
  const frames = new Frames();
  const sockets = new Set<Socket>();
  const refused: unknown[] = [];
  let failed: () => void = () => {};
  const server = createServer((socket) => {
    sockets.add(socket);
    acceptor.accept(socket).then(
      (secure: TLSSocket) => secure.on('data', (chunk: Buffer) => frames.read(chunk)),
      (error: unknown) => {
        refused.push(error);
        failed();
      },
    );
  }).listen(0, 'localhost');
  await once(server, 'listening');
  return {
    frames,
    port: (server.address() as AddressInfo).port,
    cut: () => {
      for (const socket of sockets) socket.resetAndDestroy();
      sockets.clear();
    },
    refusal: async (): Promise<void> => {
      if (refused.length === 0) await new Promise<void>((resolve) => (failed = resolve));
    },
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

const all: { close(): void }[] = [];
const streams: SyslogStream[] = [];
after(async () => {
  await Promise.all(streams.map((stream) => stream.stop()));
  for (const one of all) one.close();
});

function stream(
  port: number,
  ca: string,
  entries: SyslogEntry[],
  position: { seq?: number } = {},
): SyslogStream {
  const made = new SyslogStream({
    host: 'localhost',
    port,
    ca,
    origin,
    clock,
    log: silentLog,
    source: {
      newest: async () => entries.at(-1)?.seq ?? 0,
      after: async (seq, limit) => entries.filter((one) => one.seq > seq).slice(0, limit),
    },
    position: {
      read: () => position.seq,
      write: (seq) => {
        position.seq = seq;
      },
    },
  });
  streams.push(made);
  made.start();
  return made;
}

describe('an audit log on its way to a collector', { timeout: 30_000 }, () => {
  it('goes over TLS as messages of RFC 5424, and goes on after the connection was cut, with nothing left out', async () => {
    const collector = await collect();
    all.push(collector);
    const entries = Array.from({ length: 1_200 }, (_, index) => entry(index + 1));
    stream(collector.port, own.certificate, entries, { seq: 0 });
    await collector.frames.until((got) => got.length >= 1_200);
    assert.equal(
      collector.frames.all[0],
      `<109>1 2027-01-01T00:00:00.000Z press-7 sallyport-device 42 grant-enabled-1 [sallyport@32473 seq="1" hash="${'a'.repeat(64)}" clock="relay"] {"n":1}`,
    );
    collector.cut();
    entries.push(...Array.from({ length: 5 }, (_, index) => entry(1_201 + index)));
    await collector.frames.until((got) => got.some((text) => text.includes('seq="1205"')));
    const numbers = new Set(collector.frames.all.map((text) => Number(/seq="(\d+)"/.exec(text)?.[1])));
    assert.equal(numbers.size, 1_205);
  });

  it('begins with what comes after it was turned on', async () => {
    const collector = await collect();
    all.push(collector);
    const entries = [entry(1), entry(2)];
    const position: { seq?: number } = {};
    stream(collector.port, own.certificate, entries, position);
    while (position.seq === undefined) await new Promise((resolve) => setImmediate(resolve));
    entries.push(entry(3));
    await collector.frames.until((got) => got.length > 0);
    assert.match(collector.frames.all[0] ?? '', /seq="3"/);
  });

  for (const [what, identity] of [
    ['of another authority', other],
    ['that names another host', elsewhere],
  ] as const) {
    it(`is not told to a collector with a certificate ${what}`, async () => {
      const collector = await collect(identity);
      all.push(collector);
      const ca = what === 'of another authority' ? own.certificate : identity.certificate;
      assert.ok(new X509Certificate(ca));
      stream(collector.port, ca, [entry(1)], { seq: 0 });
      await collector.refusal();
      assert.deepEqual(collector.frames.all, []);
    });
  }
});

describe('a message of syslog', () => {
  it('is one frame, however strange what it tells', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.jsonValue(),
        (host, event, value) => {
          const frames = new Frames();
          frames.read(formatSyslog({ ...entry(7, { value }), event }, { ...origin, host }));
          assert.equal(frames.all.length, 1);
          const [text = ''] = frames.all;
          const head = /^<(108|109)>1 \S+ \S{1,255} sallyport-device 42 \S{1,32} \[sallyport@32473 /.exec(
            text,
          );
          assert.ok(head, text);
          assert.doesNotMatch(text, /[\n\r\0]/);
        },
      ),
      { seed, numRuns: 300 },
    );
  });

  it('goes to HOST:PORT alone', () => {
    assert.deepEqual(parseCollector('logs.example:6514'), { host: 'logs.example', port: 6_514 });
    assert.deepEqual(parseCollector('[::1]:6514'), { host: '::1', port: 6_514 });
    for (const text of ['logs.example', 'logs.example:0', 'logs.example:65536', ':1', 'a b:1', '']) {
      assert.equal(parseCollector(text), undefined, text);
    }
  });
});
