import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket, type TcpNetConnectOpts } from 'node:net';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { fakeClock, settle } from '@sallyport/protocol/testing';
import { connectTls, createTlsAcceptor } from '@sallyport/protocol/tls';
import { testAuthority } from '@sallyport/protocol/zoo';
import { systemClock } from '../clock/index.ts';
import { type DialOptions, dialRelay, inOrder, type Source } from './index.ts';

/** A race in which every socket does what the test says. */
function race(options: Partial<DialOptions<string>> & { ports: readonly number[] }): {
  clock: ReturnType<typeof fakeClock>;
  sockets: Map<number, Socket>;
  connect: (port: number) => Promise<void>;
  result: Promise<{ value: string; port: number }>;
} {
  const clock = fakeClock();
  const sockets = new Map<number, Socket>();
  const result = dialRelay<string>({
    host: '192.0.2.1',
    timeoutMs: 30_000,
    clock,
    open: ({ port }) => {
      const socket = new Socket();
      sockets.set(port, socket);
      return socket;
    },
    through: async (_socket, port) => `through ${port}`,
    ...options,
  });
  result.catch(() => {});
  const connect = async (port: number): Promise<void> => {
    sockets.get(port)?.emit('connect');
    await settle();
  };
  return { clock, sockets, connect, result };
}

const refused = (): Error => Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const errno = (code: string): Error => Object.assign(new Error(code), { code });
const never = (): Promise<never> => new Promise(() => {});

describe('the race of the ports', () => {
  it('starts the next port a second after the one before, and keeps all until one is through', async () => {
    const { clock, sockets, connect, result } = race({ ports: [443, 22, 53] });
    await settle();
    assert.deepEqual([...sockets.keys()], [443]);
    await clock.advance(999);
    assert.deepEqual([...sockets.keys()], [443]);
    await clock.advance(1);
    assert.deepEqual([...sockets.keys()], [443, 22]);
    await clock.advance(1_000);
    assert.deepEqual([...sockets.keys()], [443, 22, 53]);
    await connect(22);
    assert.deepEqual(await result, { value: 'through 22', port: 22 });
    assert.deepEqual(
      [...sockets.values()].map((socket) => socket.destroyed),
      [true, false, true],
    );
    assert.equal(clock.pending(), 0);
  });

  it('starts the next port at once when one fails, and then a second after that', async () => {
    const { clock, sockets } = race({ ports: [443, 22, 53] });
    await settle();
    await clock.advance(500);
    sockets.get(443)?.destroy(refused());
    await settle();
    assert.deepEqual([...sockets.keys()], [443, 22]);
    await clock.advance(999);
    assert.deepEqual([...sockets.keys()], [443, 22]);
    await clock.advance(1);
    assert.deepEqual([...sockets.keys()], [443, 22, 53]);
  });

  it('does not count a connection that is not through', async () => {
    const through = (_socket: Socket, port: number): Promise<string> =>
      port === 443 ? never() : Promise.resolve('good');
    const { clock, connect, result } = race({ ports: [443, 22], through });
    await settle();
    await connect(443);
    await clock.advance(1_000);
    await connect(22);
    assert.equal((await result).port, 22);
  });

  it('goes on to the next port when something else than our relay answers', async () => {
    const through = async (_socket: Socket, port: number): Promise<string> => {
      if (port === 443) throw fail('peer-untrusted', { details: { reason: 'it was issued by "CN=Proxy"' } });
      return 'good';
    };
    const { sockets, connect, result } = race({ ports: [443, 22], through });
    await settle();
    await connect(443);
    assert.equal(sockets.get(443)?.destroyed, true);
    await connect(22);
    assert.equal((await result).port, 22);
  });

  it('ends at once when the true relay refuses, since another port would only repeat it', async () => {
    const through = async (): Promise<string> => {
      throw fail('identity-revoked');
    };
    const { clock, sockets, connect, result } = race({ ports: [443, 22], through });
    await settle();
    await connect(443);
    await assert.rejects(result, { code: 'identity-revoked' });
    await clock.advance(5_000);
    assert.deepEqual([...sockets.keys()], [443]);
  });

  const reasons: [name: string, ends: readonly Error[], code: string, details: object][] = [
    [
      'every port is refused',
      [refused(), refused()],
      'relay-refused',
      { host: '192.0.2.1', ports: '443, 22' },
    ],
    [
      'one is refused and one has no route',
      [errno('EHOSTUNREACH'), refused()],
      'relay-refused',
      { host: '192.0.2.1', ports: '22' },
    ],
    [
      'there is no route',
      [errno('ENETUNREACH'), errno('EHOSTUNREACH')],
      'relay-no-route',
      { host: '192.0.2.1' },
    ],
    ['one is cut and one is refused', [errno('ECONNRESET'), refused()], 'relay-cut', { host: '192.0.2.1' }],
  ];
  for (const [name, ends, code, details] of reasons) {
    it(`says ${code} when ${name}`, async () => {
      const { sockets, result } = race({ ports: [443, 22] });
      await settle();
      for (const [index, port] of [443, 22].entries()) {
        sockets.get(port)?.destroy(ends[index]);
        await settle();
      }
      await assert.rejects(result, { code, details, leg: 'to-relay' });
    });
  }

  it('tries a port that is named twice once, and gives up when it fails', async () => {
    const opened: number[] = [];
    const open = ({ port }: TcpNetConnectOpts): Socket => {
      opened.push(port);
      const socket = new Socket();
      setImmediate(() => socket.destroy(refused()));
      return socket;
    };
    const { clock, result } = race({ ports: [443, 443], open });
    await settle();
    assert.deepEqual([opened, clock.pending()], [[443], 0]);
    await assert.rejects(result, { code: 'relay-refused', details: { host: '192.0.2.1', ports: '443' } });
  });

  it('says who issued the certificate of what is not our relay, above all else', async () => {
    const through = async (): Promise<string> => {
      throw fail('peer-untrusted', { details: { reason: 'it was issued by "CN=Proxy"' } });
    };
    const { sockets, connect, result } = race({ ports: [443, 22], through });
    await settle();
    await connect(443);
    sockets.get(22)?.destroy(refused());
    await assert.rejects(result, { code: 'relay-not-ours', message: /CN=Proxy/ });
  });

  it('says which ports did not answer when the time is over', async () => {
    const { clock, sockets, result } = race({ ports: [443, 22], timeoutMs: 10_000 });
    await settle();
    await clock.advance(10_000);
    await assert.rejects(result, {
      code: 'relay-no-answer',
      details: { host: '192.0.2.1', ports: '443, 22' },
    });
    assert.deepEqual(
      [...sockets.values()].map((socket) => socket.destroyed),
      [true, true],
    );
    assert.equal(clock.pending(), 0);
  });

  it('ends with the reason of the signal that aborts it', async () => {
    const controller = new AbortController();
    const { clock, sockets, result } = race({ ports: [443, 22], signal: controller.signal });
    await settle();
    controller.abort(new Error('disabled'));
    await assert.rejects(result, /disabled/);
    assert.equal(sockets.get(443)?.destroyed, true);
    assert.equal(clock.pending(), 0);
  });

  it('destroys what gets through after another one has won', async () => {
    let finishLate = (): void => {};
    const through = (_socket: Socket, port: number): Promise<string> =>
      port === 443
        ? new Promise((resolve) => {
            finishLate = () => resolve('late');
          })
        : Promise.resolve('good');
    const { clock, sockets, connect, result } = race({ ports: [443, 22], through });
    await settle();
    await connect(443);
    await clock.advance(1_000);
    await connect(22);
    finishLate();
    await settle();
    assert.equal((await result).value, 'good');
    assert.equal(sockets.get(443)?.destroyed, true);
    assert.equal(sockets.get(22)?.destroyed, false);
  });
});

describe('the name of the relay', () => {
  it('that nobody knows is said at once', async () => {
    const lookup = (): Promise<never> => Promise.reject(errno('ENOTFOUND'));
    const { result } = race({ host: 'relay.invalid', ports: [443], lookup });
    await assert.rejects(result, { code: 'relay-name-unresolved', details: { host: 'relay.invalid' } });
  });

  it('that has no address is said too', async () => {
    const { result } = race({ host: 'relay.invalid', ports: [443], lookup: async () => [] });
    await assert.rejects(result, { code: 'relay-name-unresolved' });
  });

  it('that is never answered is given up in time', async () => {
    const { clock, result } = race({ host: 'relay.invalid', ports: [443], lookup: never, timeoutMs: 5_000 });
    await clock.advance(5_000);
    await assert.rejects(result, { code: 'relay-name-unresolved' });
    assert.equal(clock.pending(), 0);
  });
});

describe('the order of the ports', () => {
  it('has the one that worked last in front', () => {
    assert.deepEqual(inOrder([443, 22, 53], 53), [53, 443, 22]);
    assert.deepEqual(inOrder([443, 22, 53], 8443), [443, 22, 53]);
    assert.deepEqual(inOrder([443, 22, 53], undefined), [443, 22, 53]);
  });
});

async function listen(take: (socket: Socket) => void): Promise<{ port: number; close: () => void }> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    socket.on('error', () => {});
    open.add(socket);
    take(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = (): void => {
    for (const socket of open) socket.destroy();
    server.close();
  };
  return { port: (server.address() as AddressInfo).port, close };
}

describe('over real sockets', { timeout: 15_000 }, async () => {
  const now = Date.now();
  const home = await testAuthority(now);
  const other = await testAuthority(now);
  const clock = systemClock();
  const relayOf = async ({ authority, issue }: typeof home): Promise<(socket: Socket) => void> => {
    const identity = await issue('relay', 'localhost');
    const acceptor = createTlsAcceptor({
      identity: () => identity,
      authority,
      roles: ['device'],
      certificate: 'optional',
      now: () => now,
      clock,
    });
    return (socket) => void acceptor.accept(socket).catch(() => {});
  };
  const dial = (ports: readonly number[], host = 'localhost'): Promise<{ port: number }> =>
    dialRelay({
      host,
      ports,
      timeoutMs: 8_000,
      clock,
      lookup: () => Promise.reject(new Error('nobody is asked')),
      through: async (socket) => {
        const { socket: secure } = await connectTls(socket, {
          authority: home.authority,
          role: 'relay',
          id: 'localhost',
          now: () => now,
          clock,
        });
        secure.destroy();
      },
    });
  const good = await listen(await relayOf(home));
  const wrong = await listen(await relayOf(other));
  const silent = await listen(() => {});
  const http = await listen((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  const closed = await listen(() => {});
  closed.close();

  it('gets through behind a port that is refused', async () => {
    assert.equal((await dial([closed.port, good.port])).port, good.port);
  });

  it('gets through behind a port that swallows everything, after a second', async () => {
    const before = clock.monotonicMs();
    assert.equal((await dial([silent.port, good.port])).port, good.port);
    const took = clock.monotonicMs() - before;
    assert.ok(took >= 990 && took < 3_000, `${took} ms`);
  });

  it('gets through behind a relay of somebody else, and behind a web server', async () => {
    assert.equal((await dial([wrong.port, http.port, good.port])).port, good.port);
  });

  it('takes every name that ends in .localhost for this machine, and asks nobody', async () => {
    assert.equal((await dial([good.port], 'b.relay.localhost')).port, good.port);
  });

  it('comes from the address that it is given, and from no other family', async () => {
    let from = '';
    const listener = await listen((socket) => {
      from = socket.remoteAddress ?? '';
    });
    const go = (source: Source): Promise<unknown> =>
      dialRelay({
        host: 'localhost',
        ports: [listener.port],
        timeoutMs: 8_000,
        clock,
        source,
        through: async (socket) => socket.destroy(),
      });
    await go({ four: '127.0.0.9' });
    assert.equal(from, '127.0.0.9');
    await assert.rejects(go({}), { code: 'relay-no-route' });
    await assert.rejects(go({ four: '203.0.113.1' }), { code: 'relay-no-route' });
    listener.close();
  });

  it('says what is wrong when no port is ours', async () => {
    await assert.rejects(dial([closed.port, wrong.port]), {
      code: 'relay-not-ours',
      message: /issued by "CN=Maker Example Relay Authority"/,
    });
    await assert.rejects(dial([http.port]), { code: 'relay-not-ours', message: /does not speak TLS/ });
    await assert.rejects(dial([closed.port]), { code: 'relay-refused' });
  });

  it('closes its listeners', () => {
    for (const listener of [good, wrong, silent, http]) listener.close();
  });
});
