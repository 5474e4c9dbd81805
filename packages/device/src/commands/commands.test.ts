import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { Otp } from '@sallyport/protocol/grant';
import { receiveAnswer } from '@sallyport/protocol/session';
import { systemClock } from '@sallyport/runtime/clock';
import { z } from 'zod';
import {
  makeFolder,
  makeRelay,
  makeRepresentative,
  type TestRelay,
  type TestRepresentative,
} from '../agent/testing.ts';
import { callAgent } from '../api/index.ts';
import { connectAgent } from '../api/socket.ts';
import { type ConnectionTest, connectionTestSchema } from '../connectionTest/index.ts';

const program = join(import.meta.dirname, '../../bin/sallyport-device');
type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

const environment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith('SALLYPORT_')),
);

async function device(...words: string[]): Promise<Finished> {
  const child = spawn(program, words, { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}
const json = ({ stdout }: Finished) =>
  JSON.parse(stdout) as Record<string, never> & { error?: { code: string } };

async function serve(folder: string, ...words: string[]): Promise<ChildProcess> {
  const child = spawn(program, ['serve', '--data', folder, '--log-level', 'silent', ...words], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout?.on('data', (chunk) => String(chunk).includes('ready') && resolve());
    child.once('exit', () => reject(new Error('serve ended before it was ready')));
  });
  return child;
}
async function stop(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  child.kill(signal);
  return (await once(child, 'exit'))[0] as number | null;
}

/** Follows the events of an agent from before `start` until a connection test is over. */
async function followTest(folder: string, start: () => Promise<void>): Promise<ConnectionTest> {
  const socket = await connectAgent(folder);
  const asked = httpRequest({
    createConnection: () => socket,
    path: '/v1/events',
    headers: { host: 'agent' },
  }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  try {
    let text = '';
    let begun = false;
    for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
      text += chunk;
      if (!begun) {
        begun = true;
        await start();
      }
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        if (!event.includes('event: connection-test\n')) continue;
        const test = connectionTestSchema.parse(JSON.parse(event.slice(event.indexOf('data: ') + 6)));
        if (!test.running) return test;
      }
    }
    throw new Error('the stream ended');
  } finally {
    socket.destroy();
  }
}

describe('the commands of the device', { timeout: 240_000 }, () => {
  let relay: TestRelay;
  let erin: TestRepresentative;
  let folder: string;
  let agent: ChildProcess;
  let token: string;
  const data = (...words: string[]) => device(...words, '--data', folder);

  before(async () => {
    relay = await makeRelay();
    erin = await makeRepresentative(relay, 'erin@maker.example');
    folder = join(makeFolder(), 'device');
    token = await relay.ask('device', 'token');
  });
  after(async () => {
    await stop(agent);
    await relay.close();
    rmSync(join(folder, '..'), { recursive: true, force: true });
  });

  it('enrol by the token, once', async () => {
    assert.equal((await data('status')).code, 1);
    const enrolled = await data('enroll', token, '--json');
    assert.equal(enrolled.code, 0, enrolled.stderr);
    assert.match(json(enrolled)['device'] ?? '', /^d[a-z0-9]+$/);
    const again = await data('enroll', token, '--json');
    assert.equal(again.code, 3);
    assert.equal(json(again).error?.code, 'already-enrolled');
    const spent = await data('enroll', token, '--again', '--json');
    assert.equal(spent.code, 3);
    assert.equal(json(spent).error?.code, 'token-spent');
  });

  it('say when the agent does not run', async () => {
    const result = await data('status', '--json');
    assert.equal(result.code, 4);
    assert.equal(json(result).error?.code, 'agent-not-running');
  });

  it('add, list and remove administrators', async () => {
    const file = join(folder, '..', 'password');
    writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
    assert.equal((await data('admin', 'add', 'alice', '--password-file', file)).code, 0);
    const listed = JSON.parse((await data('admin', 'list', '--json')).stdout) as { name: string }[];
    assert.deepEqual(
      listed.map(({ name }) => name),
      ['alice'],
    );
    writeFileSync(file, 'too short\n');
    const short = await data('admin', 'add', 'bob', '--password-file', file, '--json');
    assert.equal(short.code, 2);
    assert.equal(json(short).error?.code, 'password-too-short');
    writeFileSync(file, 'password1234\n');
    const common = await data('admin', 'add', 'bob', '--password-file', file, '--json');
    assert.deepEqual([common.code, json(common).error?.code], [2, 'password-common']);
    assert.equal((await data('admin', 'remove', 'alice')).code, 0);
    assert.equal((await data('admin', 'remove', 'alice')).code, 3);
  });

  it('add a temporary administrator for a time, and one for a grant only when there is one', async () => {
    const made = json(await data('admin', 'add', 'nightshift', '--temporary', '--for', '8h', '--json'));
    assert.match(String(made['password']), /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
    assert.ok(Math.abs(Date.parse(String(made['until'])) - Date.now() - 8 * 3_600_000) < 60_000);
    assert.match((await data('admin', 'list')).stdout, /^nightshift +\S+ \S+ UTC +\S+ \S+ UTC/m);
    const without = await data('admin', 'add', '--temporary', '--json');
    assert.deepEqual([without.code, json(without).error?.code], [3, 'not-enabled']);
    assert.equal((await data('admin', 'add', '--json')).code, 2);
    assert.equal((await data('admin', 'remove', 'nightshift')).code, 0);
  });

  it('serve until SIGTERM, one agent on a folder', async () => {
    agent = await serve(folder, '--web', '127.0.0.1:0', '--run-as', 'same-user');
    const second = await data('serve', '--json');
    assert.equal(second.code, 3);
    assert.equal(json(second).error?.code, 'agent-running');
  });

  it('enable, and print port number, OTP, end and scopes in JSON', async () => {
    const result = await data('enable', '--for', '4h', '--allow', 'terminal,files:write,web', '--json');
    assert.equal(result.code, 0, result.stderr);
    const enabled = json(result);
    assert.deepEqual(Object.keys(enabled), ['state', 'port', 'otp', 'endsAt', 'scopes']);
    assert.equal(enabled['state'], 'open');
    assert.match(String(enabled['otp']), /^\d{3}-\d{3}-\d{3}$/);
    assert.deepEqual(enabled['scopes'], ['terminal', 'files:write', 'web']);
    const ms = Date.parse(String(enabled['endsAt'])) - Date.now();
    assert.ok(Math.abs(ms - 4 * 3_600_000) < 60_000);
    const twice = await data('enable', '--allow', 'web', '--json');
    assert.equal(twice.code, 3);
    assert.equal(json(twice).error?.code, 'already-enabled');
  });

  it('show the state, and the digits of the OTP only to who asks for them', async () => {
    const status = json(await data('status', '--json'));
    assert.equal(status['state'], 'open');
    assert.equal(status['otp'], 'live');
    assert.equal(status['problem'], null);
    assert.deepEqual(status['sessions'], []);
    const text = (await data('status')).stdout;
    assert.match(text, /Port number +4\d{4}/);
    assert.ok(!/\d{3}-\d{3}-\d{3}/.test(text));
    assert.match((await data('status', '--show-password')).stdout, /\d{3}-\d{3}-\d{3}/);
  });

  it('make a new OTP, with which a representative gets in; who is in is shown', async () => {
    const made = json(await data('new-password', '--json'));
    const otp = Otp.parse(String(made['otp']));
    assert.ok(otp);
    const port = Number(made['port']);
    const line = await erin.pair(port, otp);
    const { stream } = await erin.open(line, port);
    const text = (await data('status')).stdout;
    assert.match(text, /One-time password +spent/);
    assert.match(text, /erin@maker\.example +live/);
    stream.destroy();
  });

  it('add an administrator who ends with the grant', async () => {
    const made = json(await data('admin', 'add', '--temporary', '--json'));
    assert.match(String(made['name']), /^support-[a-z2-9]{4}$/);
    assert.match((await data('admin', 'list')).stdout, /^support-\w+ .* until the grant ends/m);
  });

  it('keep the grant when the agent is killed, and end it by disable', async () => {
    const before = json(await data('status', '--json'));
    await stop(agent, 'SIGKILL');
    agent = await serve(folder, '--run-as', 'same-user');
    const after = json(await data('status', '--json'));
    assert.equal(after['port'], before['port']);
    assert.equal(after['grant'], before['grant']);
    assert.equal((await data('disable')).code, 0);
    assert.equal(json(await data('status', '--json'))['state'], 'disabled');
    assert.deepEqual(JSON.parse((await data('admin', 'list', '--json')).stdout), []);
    assert.equal((await data('disable')).code, 0);
  });

  it('ask for an approval before a pairing, and cut off', async () => {
    const enabled = json(await data('enable', '--allow', 'web', '--approve', '--json'));
    const [port, otp] = [Number(enabled['port']), Otp.parse(String(enabled['otp']))];
    assert.ok(otp);
    assert.equal((await data('approve')).code, 3);
    const line = await erin.reach(port);
    line.channel.send({ type: 'pair', port: port as never });
    const never = new AbortController().signal;
    await receiveAnswer(line.channel, ['wait'], { deadline: never });
    assert.match((await data('status')).stdout, /Waiting for your approval[\s\S]*erin@maker\.example/);
    assert.equal((await data('approve')).code, 0);
    await receiveAnswer(line.channel, ['ready'], { deadline: never });
    assert.equal((await data('cut', 'nobody')).code, 3);
    const cut = await data('cut', 'erin@maker.example');
    assert.equal(cut.code, 3, 'who never paired nor waits is not known');
    await data('disable');
  });

  it('wait for a port number no longer than asked, and say what is in the way', async () => {
    await relay.kill();
    const result = await data('enable', '--allow', 'web', '--wait', '2', '--json');
    assert.equal(result.code, 4);
    const { error } = json(result);
    assert.equal(error?.code, 'port-number-missing');
    assert.match(JSON.stringify(error), /refused the connection/);
    const status = json(await data('status', '--json'));
    assert.equal(status['state'], 'waiting');
    assert.match(JSON.stringify(status['problem']), /"relay-refused"/);
    await data('disable');
  });

  it('say that it is not our relay that answers, and who issued its certificate', async () => {
    const other = await makeRelay(makeFolder(), relay.port);
    try {
      const result = await data('enable', '--allow', 'web', '--wait', '3', '--json');
      assert.match(JSON.stringify(json(result).error), /not our relay/);
      const tested = json(await data('test', '--json'));
      const [port] = tested['ports'] as unknown as { reached: string; problem: { code: string } }[];
      assert.equal(port?.reached, 'stranger');
      assert.match(JSON.stringify(tested['verdict']), /"ends-at-stranger"/);
      assert.equal(port?.problem.code, 'relay-not-ours');
    } finally {
      await other.close();
      await data('disable');
    }
  });

  it('test the connection', async () => {
    await relay.start();
    const result = await data('test', '--json');
    assert.equal(result.code, 0);
    const [port] = json(result)['ports'] as unknown as { reached: string; problem: null }[];
    assert.equal(port?.reached, 'websocket');
    assert.equal(port?.problem, null);
  });

  it('are not alone in testing: the API runs the same, one at a time, tells of it, and keeps it', async () => {
    const started: { id: string }[] = [];
    const newest = await followTest(folder, async () => {
      const answer = z.object({ id: z.string() });
      const call = { method: 'POST', path: '/v1/connection-test', body: {}, answer } as const;
      started.push(await callAgent(folder, systemClock(), call));
      await assert.rejects(callAgent(folder, systemClock(), call), { code: 'connection-test-running' });
    });
    assert.equal(newest.id, started[0]?.id);
    assert.equal(newest.verdict?.code, 'reachable');
    assert.ok(newest.ports[0]?.workedAt, 'it knows of the test that the command made');
    const answer = z.object({
      newest: connectionTestSchema.nullable(),
      history: z.array(connectionTestSchema),
    });
    const kept = await callAgent(folder, systemClock(), { path: '/v1/connection-test', answer });
    assert.equal(kept.newest?.id, newest.id);
    assert.equal(kept.history[0]?.verdict?.code, 'reachable');
    assert.equal(kept.history[1]?.verdict?.code, 'ends-at-stranger');
  });

  it('end the agent in order on SIGTERM', async () => {
    assert.equal(await stop(agent), 0);
  });
});

describe('serve with a web interface', { timeout: 60_000 }, () => {
  it('says by which address the first administrator is made, until there is one', async () => {
    const folder = join(makeFolder(), 'device');
    const told = async (...words: string[]): Promise<string> => {
      const child = spawn(program, ['serve', '--data', folder, '--log-level', 'silent', ...words], {
        env: environment,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      await new Promise<void>((resolve) => {
        child.stdout.on('data', (chunk) => {
          text += chunk;
          if (/^ready$|"ready":true/m.test(text)) resolve();
        });
      });
      await stop(child);
      return text;
    };
    try {
      const code = /set-up#([\w-]{22})\n/;
      const first = await told('--web', '127.0.0.1:0');
      assert.match(first, /^web interface: http:\/\/127\.0\.0\.1:\d+\/$/m);
      const second = await told('--web', '0.0.0.0:0');
      assert.match(second, /^web interface: https:/m);
      assert.match(second, /SHA-256 ([0-9A-F]{2}:){31}[0-9A-F]{2}$/m);
      assert.notEqual(code.exec(first)?.[1], code.exec(second)?.[1]);
      const { setUp, fingerprint } = JSON.parse(await told('--web', '0.0.0.0:0', '--json'));
      assert.match(setUp, /^https:\/\/\S+\/set-up#[\w-]{22}$/);
      assert.ok(second.includes(fingerprint), 'the certificate is the same at each start');
      assert.doesNotMatch(await told(), /set-up|web interface/);
      const file = join(folder, '..', 'password');
      writeFileSync(file, 'correct horse battery\n', { mode: 0o600 });
      assert.equal(
        (await device('admin', 'add', 'alice', '--password-file', file, '--data', folder)).code,
        0,
      );
      assert.doesNotMatch(await told('--web', '127.0.0.1:0'), /set-up/);
    } finally {
      rmSync(join(folder, '..'), { recursive: true });
    }
  });
});

describe('bad input to the device', { timeout: 120_000 }, () => {
  async function refused(
    words: string[],
    prepare: (folder: string) => void = () => {},
  ): Promise<[number | null, string]> {
    const folder = makeFolder();
    try {
      prepare(folder);
      const result = await device(...words, '--data', folder, '--json');
      return [result.code, json(result).error?.code ?? ''];
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  const layout = (folder: string): void =>
    writeFileSync(join(folder, 'version'), 'sallyport-device 1\n', { mode: 0o600 });

  it('serve on a folder that is not enrolled says so, and what to do, and is ready all the same', async () => {
    const folder = makeFolder();
    const child = spawn(program, ['serve', '--data', folder, '--log-level', 'silent'], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    await once(child.stdout, 'data');
    assert.equal(await stop(child), 0);
    assert.equal(await stdout, 'ready\n');
    assert.match(
      await stderr,
      /^sallyport-device: This device is not enrolled at a relay\.\n {2}Next: .*enroll TOKEN/,
    );
    rmSync(folder, { recursive: true });
  });

  it('a token that lost characters is wrong use, and leaves nothing behind', async () => {
    const folder = makeFolder();
    const result = await device('enroll', 'sp1d-abc', '--data', folder, '--json');
    assert.deepEqual([result.code, json(result).error?.code], [2, 'token-malformed']);
    assert.deepEqual(readdirSync(folder), []);
    rmSync(folder, { recursive: true });
  });

  it('a data folder of a later version is not touched', async () => {
    const later = (folder: string) =>
      writeFileSync(join(folder, 'version'), 'sallyport-device 99\n', { mode: 0o600 });
    assert.deepEqual(await refused(['serve'], later), [1, 'folder-later']);
  });

  it('a data folder that others may read is refused', async () => {
    const open = (folder: string) => {
      layout(folder);
      chmodSync(folder, 0o755);
    };
    assert.deepEqual(await refused(['serve'], open), [1, 'folder-permissions']);
  });

  it('an unknown key in config.yaml is refused, with its neighbour', async () => {
    const config = (folder: string) => {
      layout(folder);
      writeFileSync(join(folder, 'config.yaml'), 'run-sa: same-user\n', { mode: 0o600 });
    };
    assert.deepEqual(await refused(['serve'], config), [1, 'config-key-unknown']);
  });

  for (const [what, words, code] of [
    ['a user who is not there', ['serve', '--run-as', 'no-such-user'], 'run-as-unknown'],
    ['a web interface at no address', ['serve', '--web', 'everywhere'], 'web-address-malformed'],
    ['a web target that is no address', ['serve', '--web-target', 'x'], 'flag-value-invalid'],
  ] as const) {
    it(`${what} is refused`, async () => {
      const [exit, found] = await refused([...words], layout);
      assert.equal(found, code);
      assert.equal(exit, 2);
    });
  }

  it('a scope that is none is wrong use', async () => {
    assert.deepEqual(await refused(['enable', '--allow', 'everything'], layout), [2, 'scope-malformed']);
  });

  it('a duration out of bounds and no scope are wrong use', async () => {
    assert.deepEqual(await refused(['enable', '--for', '25h', '--allow', 'web']), [2, 'wrong-use']);
    assert.deepEqual(await refused(['enable', '--for', '1h']), [2, 'wrong-use']);
  });
});
