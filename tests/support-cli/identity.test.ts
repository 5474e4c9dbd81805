import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import { type Finished, mustRun, programs, startService, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let erin = '';
before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
});
after(async () => {
  killTerminals();
  await stage.end();
});
const relay = (...args: string[]): Promise<string> =>
  mustRun(programs.relay, [...args, '--data', stage.relayData]);
const invite = async (id: string): Promise<string> => (await relay('representative', 'invite', id)).trim();
const failure = ({ stdout }: Finished): { code: string; leg?: string } => JSON.parse(stdout).error;
const login = (word: string, name: string): Promise<Finished> =>
  stage.sallyport(join(stage.files, name), ['login', word, '--json']);
/** A copy of erin's data folder, to be spoiled. */
const copyOf = (name: string): string => {
  const copy = join(stage.files, name);
  cpSync(erin, copy, { recursive: true });
  chmodSync(copy, 0o700);
  return copy;
};

describe('login', () => {
  it('makes an identity that the relay knows', async () => {
    const seen = await stage.sallyport(erin, ['whoami', '--json']);
    assert.equal(seen.status, 0, seen.stdout + seen.stderr);
    const { id, rank, relay: host, validUntil } = JSON.parse(seen.stdout);
    assert.deepEqual([id, rank, host], ['erin@maker.example', 'support', 'localhost']);
    const hours = (Date.parse(validUntil) - Date.now()) / 3_600_000;
    assert.ok(hours > 23 && hours <= 24, validUntil);
  });
  it('takes an invitation once', async () => {
    const word = await invite('frank@maker.example');
    assert.equal((await login(word, 'frank')).status, 0);
    const again = await login(word, 'frank-again');
    assert.deepEqual([again.status, failure(again).code, failure(again).leg], [3, 'token-spent', 'relay']);
  });
  it('tells a copy that lost characters from one that is refused', async () => {
    const word = await invite('gina@maker.example');
    const lost = await login(word.slice(0, -3), 'gina');
    assert.deepEqual([lost.status, failure(lost).code], [2, 'token-malformed']);
    assert.equal((await login(word, 'gina')).status, 0);
  });
  it('refuses the token of a device, and asks for no passphrase before', async () => {
    const word = (await relay('device', 'token')).trim();
    const data = join(stage.files, 'device');
    for (const options of [[], ['--passphrase']]) {
      const refused = await stage.sallyport(data, ['login', word, '--json', ...options]);
      assert.deepEqual([refused.status, failure(refused).code], [2, 'invite-other-kind']);
    }
  });
  it('sends nothing to a relay that is not the one of the invitation', async () => {
    const other = await testStage();
    try {
      const word = await invite('hans@maker.example');
      const { decodeToken, encodeToken } = await import('@sallyport/protocol/enrolment');
      const misled = encodeToken({ ...decodeToken(word), ports: [...other.relayPorts] });
      const refused = await login(misled, 'hans');
      assert.deepEqual(
        [refused.status, failure(refused).code, failure(refused).leg],
        [4, 'relay-not-ours', 'to-relay'],
      );
      assert.equal((await login(word, 'hans')).status, 0);
    } finally {
      await other.end();
    }
  });
});

describe('the leg from this computer to the relay', () => {
  let stranger: Server;
  before(async () => {
    stranger = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
    });
    await once(stranger.listen(0, '127.0.0.1'), 'listening');
  });
  after(() => stranger.close());
  const withPorts = (name: string, ports: number[]): string => {
    const data = copyOf(name);
    const file = join(data, 'identity.json');
    const identity = JSON.parse(readFileSync(file, 'utf8'));
    writeFileSync(file, JSON.stringify({ ...identity, relay: { ...identity.relay, ports } }), {
      mode: 0o600,
    });
    return data;
  };
  it('is said to fail where something else answers', async () => {
    const port = (stranger.address() as AddressInfo).port;
    const refused = await stage.sallyport(withPorts('stranger', [port]), ['whoami', '--json']);
    assert.deepEqual(
      [refused.status, failure(refused).code, failure(refused).leg],
      [4, 'relay-not-ours', 'to-relay'],
    );
  });
  it('is said to fail where nobody answers', async () => {
    const refused = await stage.sallyport(withPorts('nobody', [1]), ['whoami', '--json']);
    assert.deepEqual(
      [refused.status, failure(refused).code, failure(refused).leg],
      [4, 'relay-refused', 'to-relay'],
    );
  });
  it('is waited for in words on a terminal, where somebody takes the connection and says nothing', async () => {
    const silent = createServer((socket) => void socket.on('error', () => {}).resume());
    await once(silent.listen(0, '127.0.0.1'), 'listening');
    const data = withPorts('silent', [(silent.address() as AddressInfo).port]);
    const terminal = openTerminal(programs.support, ['whoami'], { SALLYPORT_DATA: data });
    await terminal.shows(/connecting \.\.\./);
    terminal.type('\x03');
    await terminal.shows(/sallyport: Interrupted/);
    assert.equal(await terminal.ended, 1);
    silent.close();
  });
  it('is tried on the next port at once, and the one that worked is remembered', async () => {
    const port = (stranger.address() as AddressInfo).port;
    const data = withPorts('next', [1, port, ...stage.relayPorts]);
    assert.equal((await stage.sallyport(data, ['whoami'])).status, 0);
    assert.equal(readFileSync(join(data, 'last-good-port'), 'utf8').trim(), String(stage.relayPorts[0]));
  });
});

describe('a data folder', () => {
  const refused = async (data: string): Promise<string> =>
    failure(await stage.sallyport(data, ['whoami', '--json'])).code;
  it('that is not there is an error that says how to make one', async () => {
    assert.equal(await refused(join(stage.files, 'none')), 'folder-missing');
  });
  it('that was never logged in with is told', async () => {
    const data = copyOf('empty');
    await mustRun('rm', [join(data, 'identity.json')]);
    assert.equal(await refused(data), 'not-logged-in');
  });
  it('that others can read is refused', async () => {
    const data = copyOf('open');
    chmodSync(data, 0o755);
    assert.equal(await refused(data), 'folder-permissions');
  });
  it('with an identity that others can read is refused', async () => {
    const data = copyOf('open-file');
    chmodSync(join(data, 'identity.json'), 0o644);
    assert.equal(await refused(data), 'folder-permissions');
  });
  it('of a later version is left as it is', async () => {
    const data = copyOf('later');
    writeFileSync(join(data, 'version'), 'sallyport 999\n', { mode: 0o600 });
    assert.equal(await refused(data), 'folder-later');
  });
  it('of the device is refused', async () => {
    assert.equal(await refused(stage.deviceData), 'folder-foreign');
  });
  it('with a damaged identity is told, and nothing is lost', async () => {
    const data = copyOf('damaged');
    const file = join(data, 'identity.json');
    const whole = readFileSync(file, 'utf8');
    writeFileSync(file, whole.slice(0, 500), { mode: 0o600 });
    assert.equal(await refused(data), 'identity-damaged');
    assert.equal(readFileSync(file, 'utf8'), whole.slice(0, 500));
  });
});

describe('revocation', () => {
  it('ends what is live within seconds, and refuses what comes after', async () => {
    const ivan = await stage.representative('ivan@maker.example');
    const grant = await stage.fresh();
    const port = String(grant.port);
    await stage.pair(ivan, grant);
    mkdirSync(join(stage.files, 'ivan'), { recursive: true });
    const live = startService(programs.support, ['exec', port, '--json', '--', 'echo here; sleep 600'], {
      SALLYPORT_DATA: ivan,
    });
    await live.line(/^here/);
    await relay('representative', 'revoke', 'ivan@maker.example');
    await live.line(/identity-revoked/, 10_000);
    await live.end();
    assert.equal(live.child.exitCode, 253);
    const after = await stage.sallyport(ivan, ['grants', '--json']);
    assert.deepEqual([after.status, failure(after).code], [3, 'identity-revoked']);
  });
});

describe('grants', () => {
  it('are listed as the design promises', async () => {
    const grant = await stage.fresh('--for', '1h', '--allow', 'terminal,web', '--reference', 'CASE-7');
    const { stdout } = await stage.sallyport(erin, ['grants', '--json']);
    const [listed] = JSON.parse(stdout);
    const { port, endsAt, scopes, device } = listed;
    assert.deepEqual([port, scopes], [grant.port, ['terminal', 'web']]);
    assert.ok(Math.abs(Date.parse(endsAt) - Date.parse(grant.endsAt)) < 5_000);
    assert.match(device, /^d[0-9a-z]{9}$/);
    const table = (await stage.sallyport(erin, ['grants'])).stdout;
    assert.match(table, new RegExp(`^${port} +${device} .* in (1h|59m|60m) +terminal web +CASE-7$`, 'm'));
  });
});
