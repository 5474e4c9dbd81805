import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { type Echo, sayTo, startEcho } from '../../scripts/stage/echo.ts';
import { openPage } from '../../scripts/stage/page.ts';
import {
  programs,
  type Service,
  startService,
  type TestStage,
  testStage,
  usualScopes,
} from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let port = '';
let echo: Echo;
let target = '';
const services: Service[] = [];

before(async () => {
  echo = await startEcho();
  target = `127.0.0.1:${echo.port}`;
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  const grant = await stage.fresh('--for', '1h', '--allow', `${usualScopes},tcp:${target},tcp:127.0.0.1:1`);
  port = String(grant.port);
  await stage.pair(erin, grant);
});
after(async () => {
  for (const service of services) await service.end('SIGKILL');
  echo.close();
  await stage.end();
});
const start = (...args: string[]): Service => {
  const service = startService(programs.support, args, { SALLYPORT_DATA: erin });
  services.push(service);
  return service;
};
const localPort = async (service: Service): Promise<number> => {
  const line = await service.line(/^forwarding 127\.0\.0\.1:\d+ → /);
  return Number(/:(\d+) →/.exec(line)?.[1]);
};
describe('forward', () => {
  it('joins several connections with the target, half-close included, until Ctrl-C', async () => {
    const service = start('forward', port, target);
    const local = await localPort(service);
    const texts = Array.from({ length: 5 }, (_, n) => `${n}`.repeat(100_000));
    assert.deepEqual(await Promise.all(texts.map((text) => sayTo(local, text))), texts);
    await service.end('SIGINT');
    assert.equal(service.child.exitCode, 0);
  });
  it('listens on the port that was asked for, and tells machines in JSON', async () => {
    const service = start('forward', port, `0:${target}`, '--json');
    const told = JSON.parse(await service.line(/^\{/));
    assert.equal(told.address, '127.0.0.1');
    assert.equal(await sayTo(told.port, 'hello'), 'hello');
    const taken = await stage.sallyport(erin, ['forward', port, `${told.port}:${target}`, '--json']);
    assert.deepEqual([taken.status, JSON.parse(taken.stdout).error.code], [1, 'listen-failed']);
    await service.end();
  });
  it('closes the connections of other users of this computer unread', async () => {
    const service = start('forward', port, target);
    const local = await localPort(service);
    const script = `
      const socket = require('node:net').connect(${local}, '127.0.0.1');
      socket.end('mine?');
      let heard = '';
      socket.on('data', (chunk) => { heard += chunk; });
      socket.on('error', () => {});
      socket.on('close', () => console.log('heard=' + heard));`;
    const other = spawn(process.execPath, ['-e', script], { uid: 65_534, gid: 65_534, cwd: '/' });
    const [chunk] = await once(other.stdout, 'data');
    assert.equal(String(chunk).trim(), 'heard=');
    assert.equal(await sayTo(local, 'mine!'), 'mine!');
    await service.end();
  });
  it('says why a connection fails, and goes on', async () => {
    const service = start('forward', port, '127.0.0.1:1');
    const local = await localPort(service);
    await assert.rejects(sayTo(local, 'x'));
    await assert.rejects(sayTo(local, 'x'));
    assert.match(service.said(), /could not connect to 127\.0\.0\.1:1: connection refused/);
    await service.end();
  });
  it('is refused without the scope', async () => {
    const refused = await stage.sallyport(erin, ['forward', port, '127.0.0.1:2', '--json']);
    assert.deepEqual([refused.status, JSON.parse(refused.stdout).error.code], [3, 'scope-refused']);
  });
  it('ends when the grant ends, and says so', async () => {
    const service = start('forward', port, target);
    await localPort(service);
    await stage.device(['disable']);
    await service.end('SIGCONT');
    assert.equal(service.child.exitCode, 3);
    assert.match(service.said(), /Remote Support has ended on this device\..*\[device\]/);
  });
});

describe('web', () => {
  it('shows the device’s page at an origin of its own, to whom the first address was given', async () => {
    const grant = await stage.fresh();
    await stage.pair(erin, grant);
    const service = start('web', String(grant.port), '--json');
    const { address, origin, device } = JSON.parse(await service.line(/^\{/));
    assert.match(origin, new RegExp(`^http://${device}\\.localhost:\\d+$`));
    assert.equal((await openPage(new URL('/', origin))).status, 401);
    const first = await openPage(new URL(address));
    assert.equal(first.status, 303);
    assert.equal((await openPage(new URL(address))).status, 403);
    const page = await openPage(new URL('/', origin), first.cookie);
    assert.equal(page.status, 200);
    assert.match(page.body, /Remote Support/);
    await service.end('SIGINT');
    assert.equal(service.child.exitCode, 0);
  });
  it('is refused without the scope', async () => {
    const grant = await stage.fresh('--for', '1h', '--allow', 'terminal');
    const env = { SALLYPORT_OTP: grant.otp };
    const refused = await stage.sallyport(erin, ['web', String(grant.port), '--json'], { env });
    assert.deepEqual([refused.status, JSON.parse(refused.stdout).error.code], [3, 'scope-refused']);
  });
});
