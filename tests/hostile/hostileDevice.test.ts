/** A device that was taken over, against the program on the representative's computer, which is the real one. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { commandHeader, encodeCommandExit } from '@sallyport/protocol/channels';
import { fail } from '@sallyport/protocol/errors';
import { makeGrantId, type PortNumber } from '@sallyport/protocol/grant';
import { systemRandom } from '@sallyport/runtime/random';
import ssh2 from 'ssh2';
import {
  answerOpen,
  attributes,
  beginStream,
  entry,
  type HostileFiles,
  serveChannels,
  serveFiles,
  serveSsh,
} from '../../scripts/hostile/hostileDevice.ts';
import { type HostileRelay, startHostileRelay } from '../../scripts/hostile/hostileRelay.ts';
import { asDevice, fromRepresentative, type Line, letPair } from '../../scripts/hostile/line.ts';
import { newAuthority, type Someone, type StolenKeys } from '../../scripts/hostile/people.ts';
import { type LoneRepresentative, makeLoneRepresentative } from '../../scripts/hostile/representative.ts';
import { type Finished, freePorts, programs, type Service, startService } from '../stage/index.ts';

const port = 41_234 as PortNumber;
const grant = makeGrantId(systemRandom);
const otp = '482-190-375';
const day = 24 * 3_600_000;
const file = 0o100_644;
const folder = 0o040_755;
/** Moves the cursor home, sets the title of the window in three ways, fills the clipboard (OSC 52), answers back. */
const sequence =
  '\x1b[H\x1b]0;owned\x07\x1b]2;t\x1b\\\x9d0;t\x9c\x1b]52;c;ZXZpbA==\x07\x1bP+q544e\x1b\\\x1b[c';
/** What no line of ours may have in it but line breaks: anything that a terminal obeys. */
const power = /[\x00-\x09\x0b-\x1f\x7f-\x9f]/;
let keys: StolenKeys;
let relay: HostileRelay;
let erin: LoneRepresentative;
let device: Someone;
let relayPorts: number[] = [];

before(async () => {
  keys = await newAuthority();
  relayPorts = await freePorts(1);
  relay = await startHostileRelay(keys, relayPorts);
  erin = await makeLoneRepresentative(keys, relayPorts);
  device = await keys.issue('device', 'd123456789');
});
after(async () => {
  await relay.close();
  erin.remove();
});

/** Runs a command of the representative's; the device answers its hello by `act`. */
async function meet(args: string[], act: (line: Line) => Promise<unknown>): Promise<Finished> {
  const run = erin.run(args, { env: { SALLYPORT_OTP: otp }, timeoutMs: 30_000 });
  const line = await asDevice((await relay.visitor()).join(), device, keys.authority);
  await act(line);
  return run;
}
/** The same for who has paired, on the stream of the session. */
const inSession = (args: string[], act: (stream: Duplex) => void): Promise<Finished> =>
  meet(args, async (line) => {
    act(beginStream(line, await answerOpen(line, grant)));
  });
const withFiles = (args: string[], files: HostileFiles): Promise<Finished> =>
  inSession(args, (stream) => serveChannels(stream, (channel) => serveFiles(channel, files)));
const exec = ['exec', String(port), '--json', '--', 'true'];
/** With a terminal there is SSH inside. */
const execBySsh = ['exec', String(port), '--json', '--tty', '--', 'true'];
const codeIn = ({ stdout }: Finished): string => JSON.parse(stdout).error.code;

describe('a hostile device, before it is paired with,', () => {
  for (const [what, bytes, code] of [
    ['a frame that is too long', Buffer.from([0xff, 0xff]), 'message-too-large'],
    ['what is no JSON', Buffer.from([0, 1, 0x7b]), 'message-malformed'],
  ] as const) {
    it(`says ${what}, and the program ends with ${code}`, async () => {
      const refused = await meet(exec, async (line) => void line.socket.write(bytes));
      assert.deepEqual([refused.status, codeIn(refused)], [251, code]);
    });
  }
  it('asks to wait again and again, and is not waited for', async () => {
    const refused = await meet(exec, async (line) => {
      for (let waits = 0; waits < 4; waits += 1)
        line.channel.send({ type: 'wait', for: 'approval', seconds: 600 });
    });
    assert.deepEqual([refused.status, codeIn(refused)], [251, 'message-malformed']);
  });
  it('refuses in words of its own, which cannot move a cursor', async () => {
    const refused = await meet(['exec', String(port), '--', 'true'], async (line) => {
      await fromRepresentative(line);
      const error = { code: 'not-known', text: sequence, next: sequence };
      line.channel.send({ type: 'refused', error: { ...error, details: { reason: sequence } } });
    });
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /owned/);
    assert.doesNotMatch(refused.stderr, power);
  });
});

describe('who is no device, and answers as one,', () => {
  const asWhom = {
    'a representative': () => keys.issue('representative', 'erin@maker.example'),
    'the relay': () => keys.issue('relay', 'localhost'),
    'a device of another maker': async () => (await newAuthority()).issue('device', 'd123456789'),
    'a device whose certificate ran out': () => keys.issue('device', 'd123456789', Date.now() - 800 * day),
  };
  for (const [who, make] of Object.entries(asWhom)) {
    it(`is refused by the program: ${who}`, async () => {
      const other = await make();
      const run = erin.run(exec, { env: { SALLYPORT_OTP: otp } });
      const half = (await relay.visitor()).join();
      await asDevice(half, other, keys.authority).catch(() => {});
      const refused = await run;
      assert.deepEqual([refused.status, codeIn(refused)], [253, 'peer-untrusted']);
    });
  }
  it('is refused by the program when it speaks TLS 1.2', async () => {
    const run = erin.run(exec, { env: { SALLYPORT_OTP: otp } });
    const { key, certificate: cert } = device.tls;
    const server = createTlsServer({ key, cert, minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
    server.on('tlsClientError', () => {});
    server.emit('connection', (await relay.visitor()).join());
    const refused = await run;
    assert.deepEqual([refused.status, codeIn(refused)], [253, 'peer-untrusted']);
  });
});

/** Does what a command asks for: nothing. */
function runsNothing(session: ssh2.Session): void {
  session.on('pty', (accept) => accept?.());
  session.on('exec', (accept) => {
    const opened = accept();
    opened.exit(0);
    opened.close();
  });
}

describe('a hostile device that was paired with', () => {
  before(async () => {
    const done = await meet(['pair', String(port)], async (line) => {
      await letPair(line, grant, otp);
      beginStream(line, await answerOpen(line, grant));
    });
    assert.equal(done.status, 0, done.stderr);
  });
  it('says what is no stream, and the session ends', async () => {
    const refused = await meet(exec, async (line) => {
      await answerOpen(line, grant);
      line.channel.release().write(Buffer.alloc(64 * 1024, 0x5a));
    });
    assert.deepEqual([refused.status, codeIn(refused)], [251, 'stream-broken']);
  });
  it('says what is no HTTP/2, and the session ends', async () => {
    const refused = await inSession(exec, (stream) => stream.write(Buffer.alloc(64 * 1024, 0x5a)));
    assert.ok(refused.status >= 251, String(refused.status));
    assert.ok(
      ['session-closed', 'connection-lost', 'message-malformed'].includes(codeIn(refused)),
      refused.stdout,
    );
  });
  const answers: { readonly [what: string]: { readonly bytes: Buffer; readonly code: string } } = {
    'what is no frame of a command': { bytes: Buffer.alloc(64 * 1024, 0x5a), code: 'message-malformed' },
    'an exit that is none': {
      bytes: Buffer.concat([commandHeader('exit', 9), Buffer.from('{"code":x')]),
      code: 'message-malformed',
    },
    'an exit that is too long': { bytes: commandHeader('exit', 2 ** 24 - 1), code: 'message-too-large' },
    'nothing, and ends it': { bytes: Buffer.alloc(0), code: 'ssh-failed' },
  };
  for (const [what, { bytes, code }] of Object.entries(answers)) {
    it(`answers a command by ${what}, and the command fails`, async () => {
      const refused = await inSession(exec, (stream) =>
        serveChannels(stream, (channel) => channel.end(bytes)),
      );
      assert.deepEqual([refused.status, codeIn(refused)], [251, code]);
    });
  }
  it('ends a command by a signal of its own making, and its words are not shown', async () => {
    const done = await inSession(['exec', String(port), '--', 'true'], (stream) =>
      serveChannels(stream, (channel) => channel.end(encodeCommandExit({ signal: sequence.slice(0, 32) }))),
    );
    assert.equal(done.status, 128);
    assert.deepEqual([done.stdout, done.stderr], ['', '']);
  });
  it('says what is no SSH, and the command fails', async () => {
    const refused = await inSession(execBySsh, (stream) =>
      serveChannels(stream, (channel) => channel.write('\x1b[H\n'.repeat(50_000))),
    );
    assert.deepEqual([refused.status, codeIn(refused)], [251, 'ssh-failed']);
  });
  it('greets with a banner, and its words are not shown', async () => {
    const done = await inSession(['exec', String(port), '--tty', '--', 'true'], (stream) =>
      serveChannels(stream, (channel) => serveSsh(channel, runsNothing, { banner: `${sequence}hello\r\n` })),
    );
    assert.deepEqual([done.status, done.stdout, done.stderr], [0, '', '']);
  });
  it('says why a command was killed, and its words are not shown', async () => {
    const done = await inSession(['exec', String(port), '--tty', '--', 'true'], (stream) =>
      serveChannels(stream, (channel) =>
        serveSsh(channel, (session) => {
          session.on('pty', (accept) => accept?.());
          session.on('exec', (accept) => {
            const opened = accept();
            opened.exit('KILL', false, sequence);
            opened.close();
          });
        }),
      ),
    );
    assert.equal(done.status, 137);
    assert.doesNotMatch(done.stdout + done.stderr, power);
  });
  it('shows another host key than the session told, and is left', async () => {
    const other = ssh2.utils.generateKeyPairSync('ed25519').private;
    const refused = await inSession(execBySsh, (stream) =>
      serveChannels(stream, (channel) => serveSsh(channel, () => {}, { key: other })),
    );
    assert.deepEqual([refused.status, codeIn(refused)], [253, 'device-changed']);
  });
});

describe('a hostile device whose files are copied', () => {
  const plain = (path: string) => attributes(path.endsWith('d') ? folder : file, 4);
  const four = (offset: number): Buffer | undefined =>
    offset < 4 ? Buffer.from('evil').subarray(offset) : undefined;
  const inside = (...names: string[]): string => join(erin.files, ...names);

  it('names nothing but what was asked for: its whole path of the source gives no name here', async () => {
    for (const whole of ['/etc/.bashrc', '/a/..', '/', '/a/b\x1b[H']) {
      const done = await withFiles(['cp', `${port}:/var/log/asked`, erin.files], {
        realpath: () => whole,
        stat: () => attributes(file, 4),
        read: four,
      });
      assert.equal(done.status, 0, done.stderr);
    }
    assert.deepEqual(readdirSync(erin.files), ['asked']);
    assert.equal(readFileSync(inside('asked'), 'utf8'), 'evil');
  });
  it('chooses no name that leaves the folder when it is asked for one', async () => {
    for (const whole of ['/a/..', '/', '/.', '']) {
      const refused = await withFiles(['cp', `${port}:.`, erin.files, '--json'], {
        realpath: () => whole,
        stat: () => attributes(folder),
        read: four,
      });
      assert.deepEqual([refused.status, codeIn(refused)], [3, 'name-hostile'], whole);
    }
    assert.ok(!existsSync(inside('..', 'evil')));
  });
  it('writes nothing outside of the target by names in a folder, which are shown as text', async () => {
    const names = ['..', '../escaped', '/tmp/escaped', 'a/b', '.', '', `x${sequence}`, 'good'];
    writeFileSync(inside('..', 'untouched'), 'mine');
    const done = await withFiles(['cp', `${port}:/d`, inside('tree')], {
      realpath: (path) => path,
      stat: plain,
      list: () => [names.map((name) => entry(name))][Symbol.iterator](),
      read: four,
    });
    assert.equal(done.status, 1);
    assert.match(done.stderr, /would leave the target folder/);
    assert.doesNotMatch(done.stderr, power);
    assert.deepEqual(readdirSync(inside('tree')).toSorted(), ['good', `x${sequence}`].toSorted());
    assert.deepEqual(
      readdirSync(inside('..')).filter((name) => /escaped|evil/.test(name)),
      [],
    );
    assert.equal(readFileSync(inside('..', 'untouched'), 'utf8'), 'mine');
  });
  it('lists a folder without end, and is left at a bound', async () => {
    const page = Array.from({ length: 2_000 }, () => entry('.'));
    function* endless(): Generator<(typeof page)[number][]> {
      for (;;) yield page;
    }
    const refused = await withFiles(['cp', `${port}:/d`, inside('endless'), '--json'], {
      realpath: (path) => path,
      stat: plain,
      list: endless,
    });
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'folder-too-large']);
  });
  it('has a file that grows for ever, and is left at the size that it said first', async () => {
    let said = 4;
    let asked = 0;
    const refused = await withFiles(['cp', `${port}:/log`, inside('log'), '--json'], {
      realpath: (path) => path,
      stat: () => {
        said *= 2;
        return attributes(file, said);
      },
      read: (offset, length) => {
        asked = Math.max(asked, offset + length);
        return Buffer.alloc(length, 0x61);
      },
    });
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'source-changed']);
    assert.ok(asked > 0 && asked <= 64, `${asked} bytes were asked for`);
    assert.ok(!existsSync(inside('log')));
  });
  it('gives less than it said, and nothing takes the place of the target', async () => {
    writeFileSync(inside('kept'), 'mine');
    const refused = await withFiles(['cp', `${port}:/kept`, inside('kept'), '--json'], {
      realpath: (path) => path,
      stat: () => attributes(file, 2 ** 40),
      read: four,
    });
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'source-changed']);
    assert.equal(readFileSync(inside('kept'), 'utf8'), 'mine');
  });
});

describe('a hostile device whose web interface is opened', () => {
  const answers = {
    '/redirect': 'HTTP/1.1 302 Found\r\nLocation: http://evil.example/a\r\nContent-Length: 0\r\n\r\n',
    '/hidden': 'HTTP/1.1 302 Found\r\nLocation: /\t/evil.example/a\r\nContent-Length: 0\r\n\r\n',
    '/refresh': 'HTTP/1.1 200 OK\r\nRefresh: 0; url=//evil.example/a\r\nContent-Length: 0\r\n\r\n',
    '/cookies': `HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Domain=localhost\r\nSet-Cookie: sallyport-web-1=x\r\nClear-Site-Data: "cookies"\r\nContent-Length: 0\r\n\r\n`,
    '/007': 'HTTP/1.1 007 Bond\r\nContent-Length: 0\r\n\r\n',
    '/plain': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  } as const;
  let program: Service;
  let address: URL;
  let cookie = '';
  /** What the device heard. */
  let heard = '';

  before(async () => {
    const env = { SALLYPORT_DATA: erin.data, SALLYPORT_OTP: otp };
    program = startService(programs.support, ['web', String(port), '--json'], env);
    const line = await asDevice((await relay.visitor()).join(), device, keys.authority);
    serveChannels(beginStream(line, await answerOpen(line, grant, ['web'])), (channel) => {
      channel.once('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1');
        const path = /^GET (\S+) /.exec(chunk.toString('latin1'))?.[1] ?? '';
        channel.end(answers[path as keyof typeof answers] ?? '');
      });
    });
    address = new URL(JSON.parse(await program.line(/^\{/)).address);
    const entered = await browse(`${address.pathname}${address.search}`);
    cookie = entered.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    assert.equal(entered.statusCode, 303);
  });
  after(async () => {
    await program?.end();
  });

  /** What the browser gets. */
  async function browse(path: string): Promise<IncomingMessage> {
    const { host, port: own } = address;
    const sent = request({
      host: '127.0.0.1',
      port: own,
      path,
      headers: { host, cookie },
      agent: false,
    }).end();
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    answer.resume();
    return answer;
  }
  const originOf = (location: string | undefined): string => new URL(location ?? '', address.origin).origin;

  it('sends the browser nowhere else, by a redirect or by a refresh', async () => {
    for (const path of ['/redirect', '/hidden'])
      assert.equal(originOf((await browse(path)).headers.location), address.origin, path);
    const [, refreshed] = /url=(.*)$/.exec(String((await browse('/refresh')).headers['refresh'])) ?? [];
    assert.equal(originOf(refreshed), address.origin);
  });
  it('sets no cookie beyond its origin, and neither sets nor hears ours', async () => {
    const { headers } = await browse('/cookies');
    assert.deepEqual(headers['set-cookie'], ['a=b']);
    assert.equal(headers['clear-site-data'], undefined);
    assert.ok(!heard.includes(cookie.split('=')[1] ?? cookie), 'our cookie went to the device');
  });
  it('answers what no server answers, and the program goes on', async () => {
    assert.equal((await browse('/007')).statusCode, 502);
    assert.equal((await browse('/nothing')).statusCode, 502);
    assert.equal((await browse('/plain')).statusCode, 200);
  });
});

describe('a hostile relay, towards the program of a representative,', () => {
  it('lists grants in words that cannot move a cursor', async () => {
    relay.answer = () => ({
      status: 200,
      body: {
        v: 1,
        grants: [
          {
            grant: '0'.repeat(32),
            port,
            device: 'd123456789',
            name: sequence,
            endsAt: new Date().toISOString(),
            scopes: ['web'],
            reference: `${sequence}\n`,
            connected: true,
          },
        ],
      },
    });
    const listed = await erin.run(['grants']);
    assert.equal(listed.status, 0, listed.stderr);
    assert.match(listed.stdout, /owned/);
    assert.doesNotMatch(listed.stdout, power);
  });
  it('answers without end, and is hung up on', async () => {
    relay.answer = () => ({ status: 200, body: `{"v":1,"grants":[${' '.repeat(64 * 1024 * 1024)}` });
    const refused = await erin.run(['grants', '--json']);
    assert.deepEqual([refused.status, codeIn(refused)], [1, 'message-too-large']);
  });
  it('answers what is no answer, and that is said', async () => {
    for (const body of ['<html>', '{}', '[1]', '{"error":1}']) {
      relay.answer = () => ({ status: 200, body });
      const refused = await erin.run(['grants', '--json']);
      assert.deepEqual([refused.status, codeIn(refused)], [1, 'message-malformed'], body);
    }
  });
  it('refuses a knock in words of its own, which are shown as text', async () => {
    const run = erin.run(['exec', String(port), '--', 'true'], { env: { SALLYPORT_OTP: otp } });
    (await relay.visitor()).refuse(
      fail('channel-unreachable', { details: { target: sequence, reason: sequence } }),
    );
    const refused = await run;
    assert.doesNotMatch(refused.stderr, power);
  });
  it('renews a certificate with that of somebody else, which is not taken', async () => {
    const due = await makeLoneRepresentative(keys, relayPorts, { startMs: Date.now() - 13 * 3_600_000 });
    const file = join(due.data, 'identity.json');
    const own = readFileSync(file, 'utf8');
    const others = [
      (await keys.issue('representative', 'erin@maker.example')).certificate,
      (await (await newAuthority()).issue('representative', 'erin@maker.example')).certificate,
      device.certificate,
      '-----BEGIN CERTIFICATE-----',
    ];
    for (const certificate of others) {
      relay.answer = () => ({ status: 200, body: { v: 1, certificate, now: Date.now() } });
      const refused = await due.run(['grants', '--json']);
      assert.deepEqual([refused.status, codeIn(refused)], [3, 'peer-untrusted']);
      assert.equal(readFileSync(file, 'utf8'), own);
    }
    due.remove();
  });
});
