import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { decodeToken } from '@sallyport/protocol/enrolment';
import { parseAuthority, roles, rootSha256 } from '@sallyport/protocol/identity';
import { emptyFolder, type Ran, runHere, runRelay, serveRelay } from '../testing/process.ts';

const errorOf = ({ stdout }: Ran): { code: string; exit: number; next: string } =>
  (JSON.parse(stdout) as { error: { code: string; exit: number; next: string } }).error;

describe('the commands of the relay', () => {
  const folder = emptyFolder();
  const data = folder.path;
  const relay = (...argv: string[]): Promise<Ran> => runHere(...argv, '--data', data);
  const json = async (...argv: string[]): Promise<Record<string, unknown>> => {
    const ran = await relay(...argv, '--json');
    assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    return JSON.parse(ran.stdout) as Record<string, unknown>;
  };

  before(async () => {
    const listen = '127.0.0.1:8443,127.0.0.1:8453';
    const made = await relay('init', '--name', 'Localhost', '--listen', listen);
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /Next: sallyport-relay serve --data /);
  });
  after(() => folder.remove());

  it('init keeps everything readable by this user alone', () => {
    for (const name of readdirSync(data, { recursive: true, encoding: 'utf8' })) {
      const stats = statSync(join(data, name));
      assert.equal(stats.mode & 0o777, stats.isDirectory() ? 0o700 : 0o600, name);
    }
  });

  it('init never overwrites a relay', async () => {
    const before = readFileSync(join(data, 'authority', 'root.key'), 'utf8');
    const again = await relay('init', '--name', 'other.example', '--json');
    assert.deepEqual([again.code, errorOf(again).code], [2, 'relay-exists']);
    assert.equal(readFileSync(join(data, 'authority', 'root.key'), 'utf8'), before);
  });

  it('init refuses a name that is none, and an address that is none', async () => {
    const empty = emptyFolder();
    for (const argv of [
      ['--name', 'a_b'],
      ['--name', 'x.example', '--listen', '8443'],
      ['--name', 'x.example', '--ports', '70000'],
    ]) {
      const ran = await runHere('init', ...argv, '--data', empty.path, '--json');
      assert.deepEqual([ran.code, errorOf(ran).code], [2, 'argument-invalid'], argv.join(' '));
    }
    assert.throws(() => statSync(empty.path), 'and nothing was made');
    empty.remove();
  });

  it('device token prints the bare token, or JSON', async () => {
    const bare = await relay('device', 'token');
    const token = decodeToken(bare.stdout.trim());
    assert.deepEqual([token.kind, token.host, token.ports], ['device', 'localhost', [8443, 8453]]);
    const root = readFileSync(join(data, 'authority', 'root.crt'), 'utf8');
    const pem = (role: string): string => readFileSync(join(data, 'authority', `${role}.crt`), 'utf8');
    const authority = parseAuthority({
      root,
      relay: pem('relay'),
      device: pem('device'),
      representative: pem('representative'),
    });
    assert.equal(token.rootSha256, rootSha256(authority));
    const answer = await json('device', 'token', '--uses', '5', '--for', '30m', '--ports', '443,22');
    assert.equal(answer['uses'], 5);
    assert.deepEqual(decodeToken(String(answer['token'])).ports, [443, 22]);
    const bad = await relay('device', 'token', '--uses', '0', '--json');
    assert.deepEqual([bad.code, errorOf(bad).code], [2, 'argument-invalid']);
  });

  it('device token carries each port once, and refuses more than a device would read', async () => {
    const ports = Array.from({ length: 17 }, (_, index) => String(8_000 + index));
    const token = await json('device', 'token', '--ports', ['443,443', ...ports.slice(0, 15)].join(','));
    assert.deepEqual(decodeToken(String(token['token'])).ports, [443, ...ports.slice(0, 15).map(Number)]);
    const bad = await relay('device', 'token', '--ports', ports.join(','), '--json');
    assert.deepEqual([bad.code, errorOf(bad).code], [2, 'argument-invalid']);
  });

  it('representative invite, list, revoke and reset go together', async () => {
    const { invite } = await json('representative', 'invite', 'Erin@Maker.example');
    assert.equal(decodeToken(String(invite)).kind, 'representative');
    const listed = (await json('representative', 'list')) as unknown as { id: string; state: string }[];
    assert.deepEqual(
      listed.map(({ id, state }) => [id, state]),
      [['erin@maker.example', 'invited']],
    );
    await json('representative', 'revoke', 'erin@maker.example', '--reason', 'left');
    assert.match(
      (await relay('representative', 'list', 'erin@maker.example')).stdout,
      /They never logged in/,
    );
    const again = await relay('representative', 'invite', 'erin@maker.example', '--json');
    assert.deepEqual([again.code, errorOf(again).code], [3, 'representative-revoked']);
    assert.ok((await json('representative', 'reset', 'erin@maker.example'))['invite']);
    const unknown = await relay('representative', 'revoke', 'nobody', '--json');
    assert.deepEqual([unknown.code, errorOf(unknown).code], [1, 'representative-unknown']);
    const bad = await relay('representative', 'invite', 'a b', '--json');
    assert.deepEqual([bad.code, errorOf(bad).code], [2, 'argument-invalid']);
  });

  it('device list, device remove, grants and status answer when there is nothing', async () => {
    assert.match((await relay('device', 'list')).stdout, /No device is enrolled/);
    assert.match((await relay('grants')).stdout, /No grant is open/);
    assert.deepEqual(await json('grants'), []);
    const unknown = await relay('device', 'remove', 'd000000000', '--json');
    assert.deepEqual([unknown.code, errorOf(unknown).code], [1, 'device-unknown']);
    assert.match((await relay('status')).stdout, /Nodes +none runs/);
    assert.equal((await json('status'))['database'], 'sqlite');
  });

  it('audit list, export and verify show the same log', async () => {
    const listed = (await json('audit', 'list', '--limit', '1000')) as unknown as {
      seq: number;
      event: string;
    }[];
    assert.equal(listed[0]?.event, 'authority-made-1');
    const lines = (await relay('audit', 'export')).stdout.trim().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { seq: number }).seq),
      listed.map(({ seq }) => seq),
    );
    assert.ok(!lines.join().includes('sp1'), 'no token stands in the log');
    const { head } = (await json('audit', 'verify')) as { head: { seq: number; hash: string } };
    assert.equal(head.seq, listed.length);
    const noted = `${head.seq}:${head.hash}`;
    await json('device', 'token');
    await json('audit', 'verify', '--head', noted);
    const other = await relay('audit', 'verify', '--head', `${head.seq}:${'0'.repeat(64)}`, '--json');
    assert.deepEqual([other.code, errorOf(other).code], [3, 'audit-broken']);
  });

  it('audit list and export find what is asked for, and tell it as OCSF', async () => {
    const list = async (...words: string[]): Promise<string[]> =>
      ((await json('audit', 'list', ...words)) as unknown as { event: string }[]).map(({ event }) => event);
    await json('representative', 'invite', 'frank@maker.example');
    assert.deepEqual(await list('--who', 'frank@maker.example'), ['representative-invited-1']);
    assert.deepEqual(await list('--event', 'authority-made-1'), ['authority-made-1']);
    assert.deepEqual(await list('--grant', 'f'.repeat(32)), []);
    assert.deepEqual(await list('--to', '2020-01-01'), []);
    assert.ok((await list('--from', '2020-01-01')).length > 1);
    const bad = await relay('audit', 'list', '--from', 'yesterday', '--json');
    assert.deepEqual([bad.code, errorOf(bad).code], [2, 'wrong-use']);
    const ocsf = (await relay('audit', 'export', '--ocsf', '--who', 'frank@maker.example')).stdout;
    const told = JSON.parse(ocsf) as { class_uid: number; activity_id: number; user: { name: string } };
    assert.deepEqual(
      [told.class_uid, told.activity_id, told.user.name],
      [3001, 1, 'representative/frank@maker.example'],
    );
  });

  it('refuse a second process for the same node', async () => {
    const first = await serveRelay(data);
    for (const port of [0, first.port]) {
      const second = await relay('serve', '--listen', `127.0.0.1:${port}`, '--json');
      assert.deepEqual([second.code, errorOf(second).code], [1, 'relay-running']);
    }
    assert.match((await relay('status')).stdout, /localhost \(running, ports \d+\)/);
    assert.equal(await first.end('SIGTERM'), 0);
    assert.match((await relay('status')).stdout, /none runs/);
  });

  it('serve from a folder that was copied for another node without what belongs to the first', async () => {
    rmSync(join(data, 'nodes'), { recursive: true });
    const node = await serveRelay(data);
    assert.equal(await node.end('SIGTERM'), 0);
  });

  it('every one has a help with an example', async () => {
    for (const argv of [
      [],
      ['init'],
      ['serve'],
      ['authority', 'sign'],
      ['device', 'token'],
      ['device', 'list'],
      ['device', 'remove'],
      ['representative', 'invite'],
      ['representative', 'list'],
      ['representative', 'revoke'],
      ['representative', 'reset'],
      ['grants'],
      ['audit', 'list'],
      ['audit', 'export'],
      ['audit', 'verify'],
      ['status'],
    ]) {
      const { code, stdout } = await runHere(...argv, '--help');
      assert.equal(code, 0);
      assert.match(stdout, /\nExamples?:\n {2}sallyport-relay /, argv.join(' '));
    }
  });

  it('tell wrong use by exit code 2', async () => {
    assert.equal((await runRelay('sing')).code, 2);
    assert.equal((await runHere('init')).code, 2);
    assert.equal((await runHere('device', 'remove')).code, 2);
  });

  describe('refuse a data folder that', () => {
    let own = emptyFolder();
    afterEach(() => {
      own.remove();
      own = emptyFolder();
    });
    const fill = async (): Promise<void> => {
      const { code } = await runHere('init', '--data', own.path, '--name', 'localhost');
      assert.equal(code, 0);
    };
    const refusal = async (...argv: string[]): Promise<string> =>
      errorOf(await runHere(...argv, '--data', own.path, '--json')).code;

    it('is not there', async () => {
      assert.equal(await refusal('serve'), 'folder-missing');
      assert.equal(await refusal('device', 'token'), 'folder-missing');
    });

    it('was written by a later version', async () => {
      await fill();
      writeFileSync(join(own.path, 'version'), 'sallyport-relay 999\n');
      assert.equal(await refusal('serve'), 'folder-later');
    });

    it('belongs to another program', async () => {
      await fill();
      writeFileSync(join(own.path, 'version'), 'sallyport-device 1\n');
      assert.equal(await refusal('status'), 'folder-foreign');
    });

    it('has an unknown key in config.yaml, and name the neighbour', async () => {
      await fill();
      writeFileSync(join(own.path, 'config.yaml'), 'name: localhost\nlisten: ["127.0.0.1:0"]\ndrian: 5\n');
      const ran = await runHere('serve', '--data', own.path, '--json');
      const error = (JSON.parse(ran.stdout) as { error: { code: string; details: { neighbour: string } } })
        .error;
      assert.deepEqual([error.code, error.details.neighbour], ['config-key-unknown', 'drain']);
    });

    it('lacks a file of the authority', async () => {
      await fill();
      writeFileSync(join(own.path, 'authority', 'device.key'), '');
      rmSync(join(own.path, 'authority', 'device.key'));
      assert.equal(await refusal('serve', '--listen', '127.0.0.1:0'), 'authority-incomplete');
    });

    it('names a database that does not answer', async () => {
      await fill();
      const url = 'postgresql://sallyport:hidden@127.0.0.1:1/none';
      const ran = await runHere('status', '--data', own.path, '--database-url', url, '--json');
      assert.deepEqual([ran.code, errorOf(ran).code], [4, 'store-unreachable']);
      assert.ok(!ran.stdout.includes('hidden'), 'the password is not shown');
    });
  });

  it('authority sign serves a relay whose root is kept elsewhere', async () => {
    const own = emptyFolder();
    const argv = ['init', '--data', own.path, '--name', 'localhost', '--root-elsewhere'];
    const made = await runHere(...argv);
    assert.match(made.stdout, /authority sign --root FOLDER/);
    const early = await runHere('serve', '--data', own.path, '--listen', '127.0.0.1:0', '--json');
    assert.equal(errorOf(early).code, 'authority-incomplete');
    const token = await runHere('device', 'token', '--data', own.path, '--json');
    assert.equal(errorOf(token).code, 'authority-incomplete');
    const again = await runHere(...argv, '--json');
    assert.equal(errorOf(again).code, 'relay-exists', 'new keys would not fit what is being signed');
    const offline = join(dirname(own.path), 'offline');
    mkdirSync(offline);
    const requests = roles.map((role) => {
      copyFileSync(join(own.path, 'authority', `${role}.csr`), join(offline, `${role}.csr`));
      return join(offline, `${role}.csr`);
    });
    const root = join(offline, 'root');
    const sign = ['authority', 'sign', '--root', root, '--name', 'Maker'];
    const signed = await runHere(...sign, ...requests);
    assert.equal(signed.code, 0, signed.stderr);
    assert.equal(statSync(join(root, 'root.key')).mode & 0o777, 0o600);
    for (const name of ['root', ...roles]) {
      copyFileSync(join(offline, `${name}.crt`), join(own.path, 'authority', `${name}.crt`));
    }
    const running = await serveRelay(own.path);
    assert.equal(await running.end('SIGTERM'), 0);
    const rootOf = (folder: string): string => readFileSync(join(folder, 'root.crt'), 'utf8');
    const first = rootOf(root);
    renameSync(join(root, 'root.key'), join(offline, 'moved.key'));
    const halved = await runHere(...sign, ...requests, '--json');
    assert.equal(errorOf(halved).code, 'authority-incomplete');
    assert.deepEqual([rootOf(root), readdirSync(root)], [first, ['root.crt']]);
    const foreign = await runHere(
      ...['authority', 'sign', '--root', join(offline, 'other'), '--name', 'Other'],
      ...requests,
      '--json',
    );
    assert.equal(errorOf(foreign).code, 'argument-invalid');
    assert.equal(rootOf(offline), first);
    const wrong = join(offline, 'root.crt');
    const refused = await runHere(...sign, wrong, '--json');
    assert.deepEqual([refused.code, errorOf(refused).code], [2, 'argument-invalid']);
    own.remove();
  });
});
