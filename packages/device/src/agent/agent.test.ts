import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { Otp } from '@sallyport/protocol/grant';
import { parseEvent } from '@sallyport/protocol/recording';
import { systemClock } from '@sallyport/runtime/clock';
import { ProcessesLeft, tellLeft } from '../processes/index.ts';
import { until } from '../processes/testing.ts';
import type { Status } from './status.ts';
import {
  askStatus,
  makeDevice,
  makeRelay,
  makeRepresentative,
  type TestDevice,
  type TestRelay,
  type TestRepresentative,
} from './testing.ts';

let relay: TestRelay;
let device: TestDevice;
let erin: TestRepresentative;
before(async () => {
  relay = await makeRelay();
  erin = await makeRepresentative(relay, 'erin@maker.example');
});
after(() => relay.close());
beforeEach(async () => {
  device = await makeDevice(relay);
});
afterEach(() => device.close());

const isOpen = ({ state, tunnel }: { state: string; tunnel: string }) => state === 'open' && tunnel === 'up';
async function enabled(...terms: Parameters<TestDevice['enable']>): Promise<number> {
  device.enable(...terms);
  const { port } = await device.until(isOpen);
  assert.ok(port);
  return port;
}
async function entered(port: number) {
  const line = await erin.pair(port, device.otp());
  return { grant: line.grant, ...(await erin.open(line, port)) };
}

describe('the device agent with a real relay', { timeout: 120_000 }, () => {
  it('lets a representative in by port number and OTP, and serves what was allowed', async () => {
    const port = await enabled();
    const { http2, opened } = await entered(port);
    assert.deepEqual(opened.scopes, ['web']);
    assert.match(await askStatus(http2), /"state":"open"/);
    assert.equal(device.agent.status().otp, 'spent');
  });

  it('records the requests of a session to its web interface, without the values that they carry', async () => {
    const port = await enabled();
    const { http2 } = await entered(port);
    await askStatus(http2);
    await askStatus(http2, '/v1/audit?limit=7&before=x');
    await device.agent.disable('root');
    const folder = join(device.folder, 'recordings');
    const [name = ''] = readdirSync(folder);
    const recorded = (): string => readFileSync(join(folder, name), 'utf8');
    await until(() => recorded().includes('"end":true'), 'the end of the recording');
    assert.match(recorded(), /"kind":"web"/);
    const events = recorded().split('\n').map(parseEvent);
    const shown = events.map((event) => event?.[2] ?? '').join('');
    assert.equal(shown, 'GET /v1/status 200\r\nGET /v1/audit?limit=…&before=… 400\r\n');
  });

  it('refuses a wrong OTP, and takes the right one after it', async () => {
    const port = await enabled();
    const wrong = Otp.parse(device.otp().digits() === '000000000' ? '1'.repeat(9) : '0'.repeat(9));
    assert.ok(wrong);
    await assert.rejects(erin.pair(port, wrong), { code: /otp-wrong|pairing-failed/ });
    await erin.pair(port, device.otp());
  });

  it('goes on with a session whose connection was destroyed', async () => {
    const port = await enabled();
    const { http2, stream, connection, grant } = await entered(port);
    await askStatus(http2);
    connection.destroy();
    await device.until(({ sessions }) => sessions[0]?.state === 'suspended');
    const page = askStatus(http2);
    await erin.resume(stream, grant, port);
    assert.match(await page, /"state":"open"/);
    assert.equal(device.agent.status().sessions[0]?.state, 'live');
  });

  it('goes on with a session and its port number when the relay was killed and came back', async () => {
    const port = await enabled();
    const { http2, stream, grant } = await entered(port);
    await askStatus(http2);
    const lost = device.until(({ tunnel }) => tunnel !== 'up');
    await relay.kill();
    await lost;
    await relay.start();
    assert.equal((await device.until(isOpen)).port, port);
    const page = askStatus(http2);
    await erin.resume(stream, grant, port);
    assert.match(await page, /"state":"open"/);
  });

  it('tells the way leg by leg: what was measured, and what protects it while somebody is in', async () => {
    const port = await enabled();
    const legs = ({ path }: Status) => Object.fromEntries(path.map((leg) => [leg.leg, leg]));
    const alone = legs(await device.until(({ path }) => path[3]?.roundTripMs !== undefined));
    assert.deepEqual([alone['relay']?.state, alone['relay']?.protects], ['ok', 'tls']);
    assert.deepEqual(
      [alone['representative']?.state, alone['representative']?.protects],
      ['waiting', undefined],
    );
    await entered(port);
    const status = await device.until(({ sessions }) => sessions[0]?.roundTripMs !== undefined);
    const { representative } = legs(status);
    assert.deepEqual([representative?.state, representative?.protects], ['ok', 'end-to-end']);
    assert.equal(representative?.roundTripMs, status.sessions[0]?.roundTripMs);
    await relay.kill();
    const lost = legs(await device.until(({ tunnel, problem }) => tunnel === 'resting' && problem !== null));
    assert.equal(lost['relay']?.protects, undefined);
    assert.notEqual(lost['relay']?.state, 'ok');
    await relay.start();
  });

  it('ends a session within a second of Disable', async () => {
    const port = await enabled();
    const { stream } = await entered(port);
    const begin = performance.now();
    const ended = once(stream, 'ended');
    await device.agent.disable('root');
    const [end] = (await ended) as [{ error: { code: string } }];
    assert.equal(end.error.code, 'grant-ended');
    assert.ok(performance.now() - begin < 1_000);
    await assert.rejects(erin.reach(port), { code: /grant-(not-found|ended)/ });
  });

  it('ends a session within a second of Disable though the relay is dead', async () => {
    const port = await enabled();
    await entered(port);
    await relay.kill();
    const begin = performance.now();
    await device.agent.disable('root');
    assert.ok(performance.now() - begin < 1_000);
    assert.deepEqual(device.agent.status().sessions, []);
    await relay.start();
  });

  it('keeps grant, port number, pins and end over a restart, and a new OTP takes the place of a live one', async () => {
    const port = await enabled();
    const otp = device.otp();
    const before = device.agent.status();
    await device.stop();
    device.start();
    const after = await device.until(isOpen);
    assert.equal(after.port, port);
    assert.equal(after.grant, before.grant);
    assert.ok(Math.abs((after.leftMs ?? 0) - (before.leftMs ?? 0)) < 10_000);
    assert.notEqual(device.otp().digits(), otp.digits());
    const line = await erin.pair(port, device.otp());
    await device.stop();
    device.start();
    await device.until(isOpen);
    const again = await erin.reach(port);
    const { opened } = await erin.open({ ...again, grant: line.grant }, port);
    assert.equal(opened.port, port);
  });

  it('ends live and suspended sessions of whom the relay revoked within a second, says why, and keeps them out', async () => {
    const otto = await makeRepresentative(relay, 'otto@maker.example');
    const port = await enabled();
    const line = await otto.pair(port, device.otp());
    const lost = await otto.open(line, port);
    lost.connection.destroy();
    await device.until(({ sessions }) => sessions[0]?.state === 'suspended');
    await otto.open({ ...(await otto.reach(port)), grant: line.grant }, port);
    const states = device.agent.status().sessions.map(({ state }) => state);
    assert.deepEqual(states.sort(), ['live', 'suspended']);
    const gone = device.until(({ sessions }) => sessions.length === 0);
    await relay.ask('representative', 'revoke', 'otto@maker.example', '--reason', 'left the company');
    const begin = performance.now();
    await gone;
    assert.ok(performance.now() - begin < 1_000);
    await assert.rejects(otto.reach(port), { code: 'identity-revoked' });
    const told = ({ notices }: Status): string | undefined =>
      notices.find(({ code }) => code === 'representative-revoked')?.text;
    const sentence = /^The maker revoked otto@maker\.example: left the company\. They are out/;
    assert.match(told(device.agent.status()) ?? '', sentence);
    await device.stop();
    device.start();
    assert.match(told(await device.until(isOpen)) ?? '', sentence);
    const [entry] = device.state.audit.list(1, { event: 'representative-revoked-1' });
    assert.equal(entry?.fields['reason'], 'left the company');
    await relay.ask('representative', 'invite', 'never-here');
    await relay.ask('representative', 'revoke', 'never-here');
    await device.agent.disable('test');
    device.enable();
    assert.equal(told(await device.until(isOpen)), undefined, 'a grant tells of its own');
  });

  it('says why it cannot connect', async () => {
    await relay.kill();
    device.enable();
    const refused = await device.until(({ problem }) => problem !== null);
    assert.equal(refused.problem?.code, 'relay-refused');
    assert.equal(refused.state, 'waiting');
    await relay.start();
    await device.until(isOpen);
    assert.equal(device.agent.status().problem, null);
  });

  it('says that the relay removed it', async () => {
    await enabled();
    const id = device.identity.required().id;
    await relay.ask('device', 'remove', id);
    const { problem } = await device.until((status) => status.problem !== null);
    assert.equal(problem?.code, 'identity-revoked');
  });

  it('ends its sessions within a second when the relay removed it', async () => {
    const port = await enabled();
    await erin.open(await erin.pair(port, device.otp()), port);
    const gone = device.until(({ sessions }) => sessions.length === 0);
    await relay.ask('device', 'remove', device.identity.required().id);
    const begin = performance.now();
    await gone;
    assert.ok(performance.now() - begin < 1_000);
  });

  it('lets nobody in any more while it stops', async () => {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = await makeDevice(relay, { beforeClose: () => held });
    try {
      slow.enable();
      const { port = 0 } = await slow.until(isOpen);
      const line = await erin.pair(port, slow.otp());
      await erin.open(line, port);
      const stopped = slow.agent.stop();
      const again = async (): Promise<void> => {
        await erin.open({ ...(await erin.reach(port)), grant: line.grant }, port);
      };
      await assert.rejects(again(), { code: 'device-away' });
      release();
      await stopped;
      assert.deepEqual(slow.agent.status().sessions, []);
    } finally {
      release();
      await slow.close();
    }
  });

  it('says on Disable, and in its status, what has not ended; and no more when it has', async () => {
    const stays = spawn('sleep', ['600'], { stdio: 'ignore' });
    const gone = once(stays, 'exit');
    const left = async (): Promise<void> => {
      throw tellLeft(new ProcessesLeft([stays.pid ?? 0]));
    };
    const stuck = await makeDevice(relay, { beforeClose: left });
    try {
      stuck.enable();
      const { port = 0 } = await stuck.until(isOpen);
      await erin.open(await erin.pair(port, stuck.otp()), port);
      const told = { code: 'processes-left', message: new RegExp(`not ended: ${stays.pid}\\.`) };
      await assert.rejects(stuck.agent.disable('root'), told);
      const { state, sessions, problem } = stuck.agent.status();
      assert.deepEqual([state, sessions, problem?.code], ['disabled', [], 'processes-left']);
      await assert.rejects(stuck.agent.disable('root'), told, 'they are there still');
      stays.kill('SIGKILL');
      await gone;
      await stuck.agent.disable('root');
      assert.equal(stuck.agent.status().problem, null);
    } finally {
      stays.kill('SIGKILL');
      await stuck.close();
    }
  });

  it('works with a clock in 1970, and says how far it is off', async () => {
    const real = systemClock();
    const since = real.wallMs();
    const old = await makeDevice(relay, { clock: { ...real, wallMs: () => real.wallMs() - since } });
    try {
      old.enable();
      const { port = 0, notices, endsAt = '' } = await old.until(isOpen);
      assert.match(notices.map(({ text }) => text).join(), /clock is 5\d years behind/);
      assert.ok(Math.abs(Date.parse(endsAt) - Date.now() - 3_600_000) < 10_000);
      const line = await erin.pair(port, old.otp());
      const { http2 } = await erin.open(line, port);
      assert.match(await askStatus(http2), /"state":"open"/);
    } finally {
      await old.close();
    }
  });

  it('tells whoever looks through a session nothing that opens a door', async () => {
    const port = await enabled();
    const otp = device.otp().grouped();
    const { http2 } = await entered(port);
    device.agent.newPassword('root');
    const page = await askStatus(http2);
    assert.ok(!page.includes(otp) && !page.includes(device.otp().grouped()));
  });
});
