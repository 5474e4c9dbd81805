/** A representative who was allowed `files:read` and nothing else, with the tools that people have. Everything is real. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { auditSchema, callAgent } from '../../packages/device/src/api/index.ts';
import { clock } from '../../scripts/hostile/line.ts';
import { type Enabled, type Finished, runCommand, type TestStage, testStage } from '../stage/index.ts';

let stage: TestStage;
let erin = '';
let grant: Enabled;
let host = '';
/** A service beside the agent, which counts who comes. */
let service: Server;
let visits = 0;

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  grant = await stage.fresh('--for', '1h', '--allow', 'files:read');
  host = `${grant.port}.sallyport`;
  await stage.pair(erin, grant);
  const config = await stage.sallyport(erin, ['ssh-config']);
  writeFileSync(at('ssh.config'), config.stdout);
  writeFileSync(at('there'), 'as it was');
  writeFileSync(at('here'), 'of the representative');
  service = createServer((socket) => {
    visits += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(service, 'listening');
});
after(async () => {
  service?.close();
  await stage?.end();
});

const at = (name: string): string => join(stage.files, name);
const stock = (command: string, ...args: string[]): Promise<Finished> =>
  runCommand(command, ['-F', at('ssh.config'), '-o', 'LogLevel=INFO', ...args]);
/** Each line is tried, whatever became of the one before. */
const sftp = async (...commands: string[]): Promise<Finished> => {
  const lines = commands.map((command) => `-${command}`);
  writeFileSync(at('batch'), `${lines.join('\n')}\n`);
  return stock('sftp', '-q', '-b', at('batch'), host);
};
const servicePort = (): number => (service.address() as { port: number }).port;

type Entry = { readonly event: string; readonly fields: { readonly [name: string]: unknown } };
async function history(): Promise<Entry[]> {
  const call = { path: '/v1/audit', answer: auditSchema };
  return (await callAgent(stage.deviceData, clock, call)).entries;
}
/** Waits until the audit log says so; what happens is written a moment later. */
async function isLogged(event: string, fields: { readonly [name: string]: RegExp }): Promise<void> {
  const tells = (entry: Entry): boolean =>
    entry.event === event &&
    entry.fields['representative'] === 'erin@maker.example' &&
    Object.entries(fields).every(([name, pattern]) => pattern.test(String(entry.fields[name])));
  for (const end = performance.now() + 10_000; ; await sleep(50)) {
    const entries = await history();
    if (entries.some(tells)) return;
    if (performance.now() > end)
      throw new Error(`the log does not say ${event} ${JSON.stringify(fields)}: ${JSON.stringify(entries)}`);
  }
}

describe('with files:read alone, and stock tools,', () => {
  it('a file is read: the way is open', async () => {
    const got = await stock('scp', `${host}:${at('there')}`, at('got'));
    assert.equal(got.status, 0, got.stderr);
    assert.equal(readFileSync(at('got'), 'utf8'), 'as it was');
  });

  const programs: { [what: string]: { run: () => Promise<Finished>; scope: RegExp; told: RegExp } } = {
    'ssh id': { run: () => stock('ssh', host, 'id'), scope: /^terminal$/, told: /^id$/ },
    'a shell': { run: () => stock('ssh', '-tt', host), scope: /^terminal$/, told: /shell/ },
    'another subsystem': {
      run: () => stock('ssh', '-s', host, 'netconf'),
      scope: /^terminal$/,
      told: /^subsystem netconf$/,
    },
    'rsync to the device': {
      run: () =>
        runCommand('rsync', ['-e', `ssh -F ${at('ssh.config')}`, at('here'), `${host}:${at('made')}`]),
      scope: /^terminal$/,
      told: /^rsync --server /,
    },
    'rsync from the device': {
      run: () =>
        runCommand('rsync', ['-e', `ssh -F ${at('ssh.config')}`, `${host}:${at('there')}`, at('made')]),
      scope: /^terminal$/,
      told: /^rsync --server --sender /,
    },
    'scp -O to the device': {
      run: () => stock('scp', '-O', at('here'), `${host}:${at('made')}`),
      scope: /^terminal$/,
      told: /^scp -t /,
    },
    'scp -O from the device': {
      run: () => stock('scp', '-O', `${host}:${at('there')}`, at('made')),
      scope: /^terminal$/,
      told: /^scp -f /,
    },
    'ssh -L': {
      run: () => stock('ssh', '-W', `127.0.0.1:${servicePort()}`, host),
      scope: /^tcp:127\.0\.0\.1:\d+$/,
      told: /^127\.0\.0\.1:\d+$/,
    },
    'ssh -R': {
      run: () => stock('ssh', '-N', '-o', 'ExitOnForwardFailure=yes', '-R', '0:127.0.0.1:22', host),
      scope: /^undefined$/,
      told: /^remote forward$/,
    },
  };
  for (const [what, { run, scope, told }] of Object.entries(programs)) {
    it(`${what} is refused, and in the log`, async () => {
      const refused = await run();
      assert.notEqual(refused.status, 0, refused.stdout);
      assert.doesNotMatch(refused.stdout, /uid=/);
      await isLogged('channel-refused-1', { scope, what: told });
      assert.ok(!existsSync(at('made')));
      assert.equal(visits, 0);
    });
  }

  const changes: { [what: string]: { line: () => string; request: RegExp; name: string } } = {
    put: { line: () => `put ${at('here')} ${at('made')}`, request: /^open$/, name: 'made' },
    'put over a file': { line: () => `put ${at('here')} ${at('there')}`, request: /^open$/, name: 'there' },
    rm: { line: () => `rm ${at('there')}`, request: /^remove$/, name: 'there' },
    rename: { line: () => `rename ${at('there')} ${at('made')}`, request: /rename$/, name: 'there' },
    mkdir: { line: () => `mkdir ${at('made')}`, request: /^mkdir$/, name: 'made' },
    'ln -s': { line: () => `ln -s ${at('there')} ${at('made')}`, request: /^symlink$/, name: 'made' },
    ln: { line: () => `ln ${at('there')} ${at('made')}`, request: /^hardlink$/, name: 'there' },
    chmod: { line: () => `chmod 777 ${at('there')}`, request: /^setstat$/, name: 'there' },
  };
  describe('what would change something,', () => {
    before(() => sftp(...Object.values(changes).map(({ line }) => line())));
    for (const [what, { request, name }] of Object.entries(changes)) {
      it(`${what}, is refused, and in the log`, async () => {
        await isLogged('file-refused-1', { what: request, path: new RegExp(`/${name}$`) });
      });
    }
    it('has changed nothing', () => {
      assert.ok(!existsSync(at('made')));
      assert.equal(readFileSync(at('there'), 'utf8'), 'as it was');
    });
  });
});

describe('with files:read alone, and our own program,', () => {
  for (const [what, args] of [
    ['exec', () => ['exec', String(grant.port), '--json', '--', 'id']],
    ['a copy to the device', () => ['cp', at('here'), `${grant.port}:${at('made')}`, '--json']],
    ['forward', () => ['forward', String(grant.port), `127.0.0.1:${servicePort()}`, '--json']],
    ['web', () => ['web', String(grant.port), '--json']],
  ] as const) {
    it(`${what} is refused by its scope`, async () => {
      const { status, stdout } = await stage.sallyport(erin, args());
      assert.equal((status ?? 0) % 250, 3, stdout);
      assert.match(JSON.parse(stdout).error.code, /^(scope-refused|file-denied)$/);
      assert.ok(!existsSync(at('made')));
      assert.equal(visits, 0);
    });
  }
});

describe("with files:read alone, the agent's data folder", () => {
  const secret = (): string => readFileSync(join(stage.deviceData, 'identity.json'), 'utf8');
  const names: { [what: string]: () => string } = {
    'by its path': () => stage.deviceData,
    'by /proc/self/root': () => `/proc/self/root${stage.deviceData}`,
    'by /proc/thread-self/root': () => `/proc/thread-self/root${stage.deviceData}`,
    "by the root of the agent's process": () =>
      `/proc/${stage.running.device.child.pid}/root${stage.deviceData}`,
    "by the working folder of the agent's process and ..": () =>
      `/proc/${stage.running.device.child.pid}/cwd/..${stage.deviceData}`,
    'by /dev/fd and ..': () => `/dev/fd/../root${stage.deviceData}`,
    'by .. behind another folder': () =>
      `${stage.files}/../${stage.deviceData.split('/').slice(-2).join('/')}`,
  };
  before(() =>
    sftp(...Object.values(names).map((folder) => `get ${folder()}/identity.json ${at('stolen')}`)),
  );
  for (const [what, folder] of Object.entries(names)) {
    it(`${what} is refused, and in the log`, async () => {
      assert.ok(!existsSync(at('stolen')));
      const path = folder().replaceAll('.', '\\.');
      await isLogged('file-refused-1', { path: new RegExp(`^${path}/identity\\.json$`) });
    });
  }
  it('by a symbolic link that is swapped in a loop is never read, and refused in the log', async () => {
    mkdirSync(at('harmless'));
    writeFileSync(join(at('harmless'), 'identity.json'), 'harmless');
    const swapping = swap(at('trap'), at('harmless'), stage.deviceData);
    await once(swapping.stdout as NodeJS.ReadableStream, 'data');
    mkdirSync(at('loot'));
    const tries = 300;
    await sftp(
      ...Array.from({ length: tries }, (_, n) => `get ${at('trap')}/identity.json ${at('loot')}/${n}`),
    );
    swapping.kill('SIGKILL');
    const loot = readdirSync(at('loot')).map((name) => readFileSync(join(at('loot'), name), 'utf8'));
    assert.deepEqual([...new Set(loot)], ['harmless'], 'nothing else was read, and this was');
    assert.ok(loot.length < tries, 'and the rest was refused');
    assert.ok(secret().length > 100);
    await isLogged('file-refused-1', { path: /\/trap\/identity\.json$/ });
  });
});

/** Points a link at one folder and at another, in turn, as fast as this machine can, and writes a byte once it does. */
function swap(link: string, ...folders: readonly string[]): ChildProcess {
  const script = `const fs = require('node:fs'); const [link, ...folders] = process.argv.slice(1);
    for (let turn = 0; ; turn += 1) {
      fs.symlinkSync(folders[turn % folders.length], link + '.new'); fs.renameSync(link + '.new', link);
      if (turn === 1) fs.writeSync(1, 'x');
    }`;
  return spawn(process.execPath, ['-e', script, link, ...folders], { stdio: ['ignore', 'pipe', 'ignore'] });
}
