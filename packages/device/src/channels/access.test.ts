/** Every way of the table, with every set of scopes: what the table allows is done, and nothing else is. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { encodeCommandStart } from '@sallyport/protocol/channels';
import { allows, type Scope } from '@sallyport/protocol/grant';
import { encodeFrame } from '@sallyport/protocol/session';
import ssh2, { type Client, type ClientChannel } from 'ssh2';
import { type Needs, scopeFor, ways } from './access.ts';
import { endTestSessions, type TestSession, testSession } from './testing.ts';

let service: Server;
let target: `tcp:${string}`;
let port = 0;

before(async () => {
  service = createServer((socket) => socket.on('error', () => {}).end('here')).listen(0, '127.0.0.1');
  await once(service, 'listening');
  port = (service.address() as { port: number }).port;
  target = `tcp:127.0.0.1:${port}`;
});
after(async () => {
  await endTestSessions();
  service.close();
});

/** All sets of the scopes that there are, the empty one too; `tcp:` for the target that is asked for. */
function everySet(): Scope[][] {
  const all: Scope[] = ['terminal', 'files:read', 'files:write', 'web', target];
  return Array.from({ length: 2 ** all.length }, (_, bits) => all.filter((_, index) => (bits >> index) & 1));
}
const isAllowed = (needs: Needs, scopes: readonly Scope[]): boolean =>
  needs === 'session' || (needs !== 'never' && allows(scopes, scopeFor(needs, target)));

/** The parts of ssh2's client that say what its public face does not. */
type Protocol = {
  exec(channel: number, line: string, wantReply: boolean): void;
  shell(channel: number, wantReply: boolean): void;
  subsystem(channel: number, name: string, wantReply: boolean): void;
  session(channel: number, window: number, packet: number): void;
  x11(channel: number, window: number, packet: number, origin: object): void;
  forwardedTcpip(channel: number, window: number, packet: number, place: object): void;
  directTcpip(channel: number, window: number, packet: number, place: object): void;
  openssh_directStreamLocal(channel: number, window: number, packet: number, place: object): void;
  openssh_forwardedStreamLocal(channel: number, window: number, packet: number, place: object): void;
  openssh_authAgent(channel: number, window: number, packet: number): void;
  _server: boolean;
  readonly _handlers: { [message: string]: (...args: never[]) => void };
};
const protocolOf = (client: Client): Protocol => (client as unknown as { _protocol: Protocol })._protocol;

async function clientOf(session: TestSession): Promise<Client> {
  const client = new ssh2.Client();
  client.on('error', () => {});
  client.connect({ sock: await session.connect('ssh'), username: 'anybody', strictVendor: false });
  await once(client, 'ready');
  return client;
}

/** Ends with an answer to a channel that is opened by hand. */
function answerTo(client: Client, open: (protocol: Protocol) => void): Promise<boolean> {
  const protocol = protocolOf(client);
  return new Promise((resolve) => {
    Object.assign(protocol._handlers, {
      CHANNEL_OPEN_CONFIRMATION: () => resolve(true),
      CHANNEL_OPEN_FAILURE: () => resolve(false),
    });
    open(protocol);
  });
}

/** Whether what was asked for is done, rather than refused. */
type Try = (session: TestSession) => Promise<boolean>;
const bySsh =
  (act: (client: Client) => Promise<boolean>): Try =>
  async (session) => {
    const client = await clientOf(session);
    try {
      return await act(client);
    } finally {
      client.destroy();
    }
  };
const opening = (open: (protocol: Protocol) => void): Try => bySsh((client) => answerTo(client, open));
/** Some channels are only for servers to open, and ssh2 knows that: here a client does. */
const openingAsServer = (open: (protocol: Protocol) => void): Try =>
  opening((protocol) => {
    protocol._server = true;
    open(protocol);
    protocol._server = false;
  });
const place = { srcIP: '127.0.0.1', srcPort: 1, originAddr: '127.0.0.1', originPort: 1 };
const program = (
  start: (client: Client, done: (error: Error | undefined | null, channel: ClientChannel) => void) => void,
) =>
  bySsh(
    (client) =>
      new Promise((resolve, reject) => {
        start(client, (error, channel) => {
          if (error) resolve(false);
          else
            output(channel).then(
              ({ said, errors }) => resolve(said.includes('done') && errors === ''),
              reject,
            );
        });
      }),
  );
/** A program that was refused says so on standard error: its scope, in words. */
async function output(channel: ClientChannel): Promise<{ said: string; errors: string }> {
  const [said, errors] = await Promise.all([text(channel), text(channel.stderr as Duplex)]);
  return { said, errors };
}
const connecting =
  (name: () => string): Try =>
  async (session) => {
    const { status, stream } = await session.ask(name());
    stream.destroy();
    // 502: the channel was allowed, and nobody answers at the target.
    return status === 200 || status === 502;
  };
/** That it is put: what becomes of it is another's to decide. */
const asking: Try = async ({ client }) => {
  const stream = client.request({ ':method': 'CONNECT', ':authority': 'ask' }, { endStream: false });
  stream.on('error', () => {});
  stream.write(encodeFrame({ type: 'ask', scopes: ['web'], why: 'CASE-7' }));
  const [answer] = (await once(stream, 'response')) as [{ ':status': number }];
  stream.destroy();
  return answer[':status'] === 200;
};
const commanding: Try = async ({ client }) => {
  const stream = client.request({ ':method': 'CONNECT', ':authority': 'command' });
  stream.on('error', () => {});
  stream.end(encodeCommandStart({ line: 'echo done' }));
  // Read from the first moment: both halves may have ended before the next one.
  const said = text(stream);
  const [answer] = (await once(stream, 'response')) as [{ ':status': number }];
  return answer[':status'] === 200 && (await said).includes('done');
};
const forwarding = (kind: 'tcp' | 'unix'): Try =>
  bySsh(
    (client) =>
      new Promise((resolve) => {
        const done = (error?: Error | null): void => resolve(!error);
        if (kind === 'tcp') client.forwardIn('127.0.0.1', 0, done);
        else client.openssh_forwardInStreamLocal('/tmp/sallyport-never', done);
      }),
  );

type Kind = keyof typeof ways;
/** Those of `sshRequest` that start nothing are asked for together with a program, in `alone`. */
const tries: { readonly [K in Kind]: { readonly [name in keyof (typeof ways)[K]]: Try | 'alone' } } = {
  connect: {
    ssh: connecting(() => 'ssh'),
    notices: connecting(() => 'notices'),
    receipt: connecting(() => 'receipt'),
    ask: asking,
    command: commanding,
    files: connecting(() => 'files'),
    web: connecting(() => 'web'),
    'HOST:PORT': connecting(() => `127.0.0.1:${port}`),
  },
  sshGlobal: {
    'no-more-sessions@openssh.com': 'alone',
    'tcpip-forward': forwarding('tcp'),
    'streamlocal-forward@openssh.com': forwarding('unix'),
  },
  sshChannel: {
    session: opening((protocol) => protocol.session(9, 1_000, 1_000)),
    'direct-tcpip': opening((protocol) =>
      protocol.directTcpip(9, 1_000, 1_000, { ...place, dstIP: '127.0.0.1', dstPort: port }),
    ),
    'direct-streamlocal@openssh.com': opening((protocol) =>
      protocol.openssh_directStreamLocal(9, 1_000, 1_000, { socketPath: '/run/x.sock' } as object),
    ),
    'forwarded-tcpip': openingAsServer((protocol) =>
      protocol.forwardedTcpip(9, 1_000, 1_000, {
        boundAddr: '127.0.0.1',
        boundPort: port,
        remoteAddr: '127.0.0.1',
        remotePort: 1,
      }),
    ),
    'forwarded-streamlocal@openssh.com': openingAsServer((protocol) =>
      protocol.openssh_forwardedStreamLocal(9, 1_000, 1_000, { socketPath: '/run/x.sock' }),
    ),
    'auth-agent@openssh.com': openingAsServer((protocol) => protocol.openssh_authAgent(9, 1_000, 1_000)),
    x11: openingAsServer((protocol) => protocol.x11(9, 1_000, 1_000, place)),
  },
  sshRequest: {
    exec: program((client, done) => client.exec('echo done', done)),
    shell: program((client, done) =>
      client.shell(false, (error, channel) => {
        done(error, channel);
        channel?.end('echo done; exit\n');
      }),
    ),
    subsystem: 'alone',
    env: 'alone',
    'pty-req': 'alone',
    'window-change': 'alone',
    signal: 'alone',
    break: 'alone',
    'eow@openssh.com': 'alone',
    'x11-req': bySsh(
      (client) => new Promise((resolve) => client.exec('true', { x11: true }, (error) => resolve(!error))),
    ),
    'auth-agent-req@openssh.com': 'alone',
  },
  sshSubsystem: {
    sftp: bySsh((client) => new Promise((resolve) => client.sftp((error) => resolve(!error)))),
    'sftp that changes': bySsh(
      (client) =>
        new Promise((resolve) => {
          client.sftp((error, files) => {
            if (error) resolve(false);
            else files.chmod('/dev/null', 0o666, (refused) => resolve(!refused));
          });
        }),
    ),
    other: 'alone',
  },
};

const each: { readonly name: string; readonly needs: Needs; readonly attempt: Try }[] = Object.entries(
  tries,
).flatMap(([kind, names]) =>
  Object.entries(names)
    .filter((named): named is [string, Try] => named[1] !== 'alone')
    .map(([name, attempt]) => {
      const needs = (ways[kind as Kind] as { readonly [name: string]: Needs })[name] ?? 'never';
      return { name: `${kind} ${name}`, needs, attempt };
    }),
);

const outcomeBy: { readonly [needs: string]: string } = { session: 'done', never: 'refused' };

describe('a way into the device', () => {
  for (const { name, needs, attempt } of each) {
    const outcome = outcomeBy[needs] ?? `done with ${needs}, and else refused`;
    it(`with every set of scopes, ${name} is ${outcome}`, async () => {
      const sets = everySet();
      const outcomes = new Set<boolean>();
      // A session for each set, some at a time.
      for (let next = sets.splice(0, 8); next.length > 0; next = sets.splice(0, 8)) {
        await Promise.all(
          next.map(async (scopes) => {
            const session = testSession(scopes, { web: { connect: () => ({ host: '127.0.0.1', port }) } });
            const done = await attempt(session);
            await session.end();
            assert.equal(done, isAllowed(needs, scopes), `${name} with ${scopes.join(',') || 'no scope'}`);
            outcomes.add(done);
            const refusals = session.told.filter(([what]) => what === 'refused');
            const told = refusals.length > 0 || JSON.stringify(session.told).includes('"refused"');
            if (needs !== 'session') assert.equal(told, !done, `${name}: ${JSON.stringify(session.told)}`);
          }),
        );
      }
      assert.equal(outcomes.size, needs === 'session' || needs === 'never' ? 1 : 2);
    });
  }
});

describe('with no scope at all', () => {
  it('what needs only the session starts nothing', async () => {
    const session = testSession([]);
    const client = await clientOf(session);
    const protocol = protocolOf(client) as unknown as {
      readonly [request: string]: (...args: unknown[]) => void;
    };
    await answerTo(client, (open) => open.session(9, 1_000, 1_000));
    const all: [request: string, ...args: unknown[]][] = [
      ['env', 0, 'LANG', 'C', true],
      ['pty', 0, 24, 80, 0, 0, 'xterm', {}, true],
      ['windowChange', 0, 30, 100, 0, 0],
      ['signal', 0, 'TERM'],
      ['openssh_noMoreSessions', true],
    ];
    for (const [request, ...args] of all) protocol[request]?.(...args);
    assert.equal(await answerTo(client, (open) => open.session(10, 1_000, 1_000)), false, 'it was heard');
    assert.deepEqual(
      session.told.filter(([what]) => what !== 'refused'),
      [],
    );
    client.destroy();
    await session.end();
  });
  it('another subsystem than sftp is refused by its scope, and unknown to who has that', async () => {
    for (const scopes of [[], ['terminal']] as const) {
      const session = testSession(scopes);
      const client = await clientOf(session);
      const channel = await new Promise<ClientChannel>((resolve, reject) => {
        client.subsys('netconf', (error, opened) => (error ? reject(error) : resolve(opened)));
      });
      const { errors } = await output(channel);
      assert.match(errors, scopes.length === 0 ? /not allow/ : /has no channel of this name/);
      client.destroy();
      await session.end();
    }
  });
});
