import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  createServer,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { connectionWindowBytes, streamWindowBytes } from '../channels/index.ts';
import { makeStreamId } from '../grant/index.ts';
import { fakeClock, PatternCheck, patternAt, seededRandom, settle } from '../testing/index.ts';
import { connectTls } from '../tls/index.ts';
import { acceptor, device, representative, socketPair, trust } from '../tls/testEndpoints.ts';
import { ReplayBudget, ResumableStream } from './index.ts';

type Connection = { client: Duplex; server: Duplex; cut: (kind: number) => void };

/** A TCP connection on loopback, that can be cut in four ways: by either end, with FIN or with RST. */
async function overTcp(): Promise<Connection> {
  const { client, server } = await socketPair();
  const ways = [
    () => client.destroy(),
    () => server.destroy(),
    () => client.resetAndDestroy(),
    () => server.resetAndDestroy(),
  ];
  return { client, server, cut: (kind) => ways[kind % ways.length]?.() };
}

/** The same under TLS, as between device and representative. */
async function overTls(): Promise<Connection> {
  const tcp = await overTcp();
  const accepting = acceptor(device, { roles: ['representative'], certificate: 'required' });
  const [client, server] = await Promise.all([
    connectTls(tcp.client, { ...trust, identity: representative, role: 'device' }),
    accepting.accept(tcp.server),
  ]);
  return { client: client.socket, server: server.socket, cut: tcp.cut };
}

/** HTTP/2 over a resumable stream, set up as a session is. Whenever the connection breaks it is replaced by a new one. */
class Session {
  readonly client: ClientHttp2Session;
  readonly clientStream: ResumableStream;
  readonly serverStream: ResumableStream;
  readonly server: Promise<ServerHttp2Session>;
  generation = 0;
  #connection: Connection | undefined;
  readonly #makeConnection: () => Promise<Connection>;
  #joining: Promise<void> | undefined;

  constructor(
    test: TestContext,
    makeConnection: () => Promise<Connection>,
    onChannel: (channel: ServerHttp2Stream) => void,
    budgets: { client?: ReplayBudget; server?: ReplayBudget } = {},
  ) {
    test.after(() => this.#end());
    this.#makeConnection = makeConnection;
    const clock = fakeClock();
    const id = makeStreamId(seededRandom(1));
    this.clientStream = new ResumableStream({ clock, id, budget: budgets.client ?? new ReplayBudget() });
    this.serverStream = new ResumableStream({ clock, id, budget: budgets.server ?? new ReplayBudget() });
    const server = createServer({ settings: { initialWindowSize: streamWindowBytes } });
    this.server = once(server, 'session').then(([session]: ServerHttp2Session[]) => {
      assert.ok(session);
      session.setLocalWindowSize(connectionWindowBytes);
      return session;
    });
    server.on('stream', onChannel);
    server.emit('connection', this.serverStream);
    this.client = connect('http://device', {
      createConnection: () => this.clientStream,
      settings: { initialWindowSize: streamWindowBytes },
    });
    this.client.on('connect', () => this.client.setLocalWindowSize(connectionWindowBytes));
    for (const stream of [this.clientStream, this.serverStream]) stream.on('suspended', () => this.join());
  }

  join(): Promise<void> {
    this.#joining ??= this.#join().finally(() => {
      this.#joining = undefined;
    });
    return this.#joining;
  }

  cut(kind: number): void {
    this.#connection?.cut(kind);
  }

  channel(name = 'ssh'): ClientHttp2Stream {
    return this.client.request({ ':method': 'CONNECT', ':authority': name }, { endStream: false });
  }

  async #end(): Promise<void> {
    await this.#joining;
    this.clientStream.destroy();
    this.serverStream.destroy();
    this.#connection?.client.destroy();
    this.#connection?.server.destroy();
  }

  async #join(): Promise<void> {
    const { clientStream, serverStream } = this;
    while (clientStream.state === 'suspended' || serverStream.state === 'suspended') {
      const connection = await this.#makeConnection();
      if (clientStream.state === 'ended' || serverStream.state === 'ended') {
        connection.client.destroy();
        return;
      }
      this.#connection = connection;
      this.generation += 1;
      const { generation } = this;
      clientStream.suspend();
      serverStream.suspend();
      const received = { client: clientStream.received, server: serverStream.received };
      clientStream.attach(connection.client, { generation, peerReceived: received.server });
      serverStream.attach(connection.server, { generation, peerReceived: received.client });
    }
  }
}

/** Writes bytes of the pattern until it is enough, then ends. Returns how many. */
async function pour(channel: Duplex, isEnough: (bytes: number) => boolean): Promise<number> {
  let at = 0;
  while (!isEnough(at)) {
    const length = 1 + ((at * 7) % 60_000);
    if (!channel.write(patternAt(at, length))) await once(channel, 'drain');
    at += length;
  }
  channel.end();
  return at;
}

const bytes =
  (enough: number) =>
  (written: number): boolean =>
    written >= enough;

/** Reads to the end, and checks every byte. Returns how many. */
async function readAll(channel: Duplex, onBytes: (length: number) => void = () => {}): Promise<number> {
  const check = new PatternCheck();
  for await (const piece of channel) {
    check.add(piece);
    onBytes(piece.length);
  }
  return check.length;
}

/** A channel that answers and does nothing more. */
const respond = (channel: ServerHttp2Stream): void => {
  channel.respond({ ':status': 200 });
  channel.resume();
};

for (const [name, makeConnection] of [
  ['TCP', overTcp],
  ['TLS', overTls],
] as const) {
  describe(`HTTP/2 over a resumable stream over ${name}`, () => {
    it('carries four channels both ways, whole, across 50 cuts', async (test) => {
      let cuts = 0;
      const isEnough = (): boolean => cuts === 50;
      const theirs: { read: Promise<number>; written: Promise<number> }[] = [];
      const session = new Session(test, makeConnection, (channel) => {
        channel.respond({ ':status': 200 });
        theirs.push({ read: readAll(channel), written: pour(channel, isEnough) });
      });
      await session.join();
      let sinceJoined = 0;
      let cutIn = 0;
      // Every connection is cut once, after a while that differs each time.
      const onBytes = (length: number): void => {
        sinceJoined += length;
        if (isEnough() || cutIn === session.generation || sinceJoined < (cuts * 70_001) % 400_000) return;
        cutIn = session.generation;
        sinceJoined = 0;
        session.cut(cuts);
        cuts += 1;
      };
      const channels = Array.from({ length: 4 }, () => session.channel());
      const written = channels.map((channel) => pour(channel, isEnough));
      const read = await Promise.all(channels.map((channel) => readAll(channel, onBytes)));
      assert.deepEqual(read, await Promise.all(theirs.map((their) => their.written)));
      assert.deepEqual(await Promise.all(written), await Promise.all(theirs.map((their) => their.read)));
      assert.equal(cuts, 50);
      assert.ok(session.generation > 50, `${session.generation} connections`);
      session.client.close();
      await once(session.client, 'close');
    });

    it('comes through both ways at once although both replay budgets are used up', async (test) => {
      // HTTP/2 does not read while a write of its own waits: two ends that both wait would do so for ever.
      const read: Promise<number>[] = [];
      const budgets = { client: new ReplayBudget(0), server: new ReplayBudget(0) };
      const pourMuch = (channel: Duplex): Promise<number> => pour(channel, bytes(8_000_000));
      const session = new Session(
        test,
        makeConnection,
        (channel) => {
          channel.respond({ ':status': 200 });
          read.push(readAll(channel));
          pourMuch(channel);
        },
        budgets,
      );
      await session.join();
      const channels = Array.from({ length: 4 }, () => session.channel());
      const written = Promise.all(channels.map(pourMuch));
      for (const channel of channels) assert.ok((await readAll(channel)) >= 8_000_000);
      assert.deepEqual(await Promise.all(read), await written);
    });

    it('goes on after a cut in the middle of the first request', async (test) => {
      const session = new Session(test, makeConnection, (channel) => {
        channel.respond({ ':status': 200 });
        pour(channel, bytes(10));
      });
      await session.join();
      const channel = session.channel();
      session.cut(0);
      channel.end();
      assert.ok((await readAll(channel)) >= 10);
      session.client.close();
      await once(session.client, 'close');
    });

    it('ends half of a channel, and the other half after a cut', async (test) => {
      const session = new Session(test, makeConnection, async (channel) => {
        channel.respond({ ':status': 200 });
        await readAll(channel);
        session.cut(1);
        await pour(channel, bytes(100_000));
      });
      await session.join();
      const channel = session.channel();
      pour(channel, bytes(100_000));
      assert.ok((await readAll(channel)) >= 100_000);
      session.client.close();
      await once(session.client, 'close');
    });

    it('closes both sessions and streams when one is closed, and nobody emits an error', async (test) => {
      const session = new Session(test, makeConnection, (channel) => {
        channel.respond({ ':status': 200 });
        channel.end();
      });
      await session.join();
      const server = await session.server;
      const channel = session.channel();
      channel.end();
      await readAll(channel);
      const errors: unknown[] = [];
      for (const emitter of [session.client, server, session.clientStream, session.serverStream, channel]) {
        emitter.on('error', (error: unknown) => errors.push(error));
      }
      session.client.close();
      const closings = [session.client, server, session.clientStream, session.serverStream].map((emitter) =>
        once(emitter, 'close'),
      );
      await Promise.all(closings);
      await settle();
      assert.deepEqual(errors, []);
      assert.equal(session.clientStream.state, 'ended');
      assert.equal(session.serverStream.state, 'ended');
    });

    it('closes the other session when one is destroyed', async (test) => {
      const session = new Session(test, makeConnection, respond);
      await session.join();
      const server = await session.server;
      const channel = session.channel();
      await once(channel, 'response');
      session.client.destroy();
      await Promise.all([once(server, 'close'), once(session.serverStream, 'close')]);
      assert.equal(session.serverStream.state, 'ended');
    });

    it('closes sessions and channels when the stream is ended deliberately, without an unhandled error', async (test) => {
      const channels: ServerHttp2Stream[] = [];
      const session = new Session(test, makeConnection, (channel) => {
        channels.push(channel);
        channel.respond({ ':status': 200 });
        channel.resume();
      });
      await session.join();
      const server = await session.server;
      const channel = session.channel();
      await once(channel, 'response');
      channel.write(patternAt(0, 100));
      let ended = '';
      session.clientStream.on('ended', ({ error }) => {
        ended = error.code;
      });
      session.serverStream.endDeliberately('grant-ended');
      await Promise.all([once(session.client, 'close'), once(server, 'close'), once(channel, 'close')]);
      assert.equal(ended, 'grant-ended');
      assert.ok(channels.every(({ destroyed }) => destroyed));
    });

    it('closes session and channels when it is ended while suspended', async (test) => {
      const session = new Session(test, makeConnection, respond);
      await session.join();
      const channel = session.channel();
      await once(channel, 'response');
      session.clientStream.removeAllListeners('suspended');
      session.serverStream.removeAllListeners('suspended');
      const suspended = once(session.clientStream, 'suspended');
      session.cut(0);
      await suspended;
      channel.write(patternAt(0, 1000));
      session.clientStream.endDeliberately('grant-ended');
      session.serverStream.endDeliberately('grant-ended');
      await Promise.all([once(session.client, 'close'), once(channel, 'close')]);
    });

    it('stops a writer whose channel nobody reads, at the window of the channel', async (test) => {
      const session = new Session(test, makeConnection, (channel) => {
        channel.respond({ ':status': 200 });
      });
      await session.join();
      const stuck = session.channel();
      await once(stuck, 'response');
      let written = 0;
      while (written < 4 * streamWindowBytes) {
        written += 50_000;
        if (stuck.write(patternAt(0, 50_000))) continue;
        let drained = false;
        stuck.once('drain', () => {
          drained = true;
        });
        for (let turn = 0; turn < 2000 && !drained; turn += 1) await settle(1);
        if (!drained) break;
      }
      assert.ok(written >= streamWindowBytes / 2 && written <= 2 * streamWindowBytes, `${written} bytes`);
      // Another channel is not held up by it.
      const other = session.channel();
      other.end();
      await once(other, 'response');
    });
  });
}
