import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { before, describe, it } from 'node:test';
import { mustBeRoot } from '../processes/testing.ts';
import { fromText } from './bytePath.ts';
import { openFlags, statusCodes } from './sftp.ts';
import { after, run, scratch, serverCommand, startFor } from './testWorker.ts';

const nobody = { kind: 'user', name: 'nobody', uid: 65534, gid: 65534, home: '/' } as const;
const status = (pid: number | undefined): string => fs.readFileSync(`/proc/${pid}/status`, 'utf8');

describe('run as another user', () => {
  before(mustBeRoot);
  it('the worker has nothing left of root: no id, no group, no capability', async (t) => {
    const { worker } = await startFor(t, { runAs: nobody });
    const lines = status(worker.pid);
    assert.match(lines, /^Uid:\t65534\t65534\t65534\t65534$/m);
    assert.match(lines, /^Gid:\t65534\t65534\t65534\t65534$/m);
    assert.match(lines, /^Groups:\t65534 $/m);
    for (const set of ['CapPrm', 'CapEff', 'CapAmb']) assert.match(lines, new RegExp(`^${set}:\\t0+$`, 'm'));
    for (const thread of fs.readdirSync(`/proc/${worker.pid}/task`))
      assert.match(
        fs.readFileSync(`/proc/${worker.pid}/task/${thread}/status`, 'utf8'),
        /^Uid:\t65534\t65534\t65534\t65534$/m,
      );
  });

  it('files of root are refused, and new files belong to the user, without rights for others to write', async (t) => {
    const folder = scratch(t);
    const at = (name: string): string => path.join(folder, name);
    fs.writeFileSync(at('root-only'), 'secret', { mode: 0o600 });
    fs.mkdirSync(at('theirs'));
    fs.chownSync(at('theirs'), nobody.uid, nobody.gid);
    const { client } = await startFor(t, { runAs: nobody });
    await assert.rejects(client.open(at('root-only')), /not permitted/);
    await client.open(at('theirs/new'), openFlags.write | openFlags.create);
    const { uid, gid, mode } = fs.statSync(at('theirs/new'));
    assert.deepEqual([uid, gid, mode & 0o777], [nobody.uid, nobody.gid, 0o644]);
    for (const [path, code] of [
      [at('new'), 'permissionDenied'],
      ['/etc/passwd', 'permissionDenied'],
    ] as const)
      assert.equal(
        await client.code({ kind: 'setstat', path: fromText(path), attributes: { permissions: 0o666 } }),
        path === '/etc/passwd' ? statusCodes[code] : statusCodes.noSuchFile,
      );
  });

  it('all attacks on /proc/self end the same: the worker’s own descriptors are still its own', async (t) => {
    const { client } = await startFor(t, { runAs: nobody });
    assert.equal(
      await client.code({ kind: 'opendir', path: fromText('/proc/self/fd') }),
      statusCodes.permissionDenied,
    );
    assert.equal(await client.code({ kind: 'stat', path: fromText('/etc/passwd') }), statusCodes.ok);
  });

  it('stock sftp puts, gets and lists', async (t) => {
    const folder = scratch(t);
    const at = (name: string): string => path.join(folder, name);
    fs.mkdirSync(at('theirs'));
    fs.chownSync(at('theirs'), nobody.uid, nobody.gid);
    fs.writeFileSync(at('file'), 'content');
    const commands = [
      `put ${at('file')} ${at('theirs/up')}`,
      `get ${at('theirs/up')} ${at('down')}`,
      `ls -l ${at('theirs')}`,
    ];
    const { code, out } = await run(
      'sftp',
      ['-q', '-b', '-', '-D', serverCommand(folder, { runAs: nobody })],
      `${commands.join('\n')}\n`,
    );
    assert.equal(code, 0, out);
    assert.match(out, /-rw-r--r-- .* nobody +nogroup .*theirs\/up/);
    assert.equal(fs.readFileSync(at('down'), 'utf8'), 'content');
  });

  it('the worker serves nobody if it cannot become that user', async (t) => {
    const starting = startFor(t, {
      runAs: { kind: 'user', name: 'daemon', uid: 1, gid: 1, home: '/' },
      wrapper: ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
    });
    await assert.rejects(starting, /gone/);
  });

  it('a home that is not there, or not open, gives way to the first root', async (t) => {
    const folder = scratch(t);
    const { client } = await startFor(t, { runAs: { ...nobody, home: '/nowhere' }, roots: [folder] });
    const answer = await client.ask({ kind: 'realpath', path: fromText('.') });
    assert.ok(answer.kind === 'name');
    assert.equal(answer.entries[0]?.name, folder);
  });
});

describe('on a full disk', () => {
  before(mustBeRoot);
  it('each write that did not fit says so, the others are there, and freeing room helps', async (t) => {
    const folder = scratch(t);
    assert.equal((await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', folder])).code, 0);
    after(t, () => run('umount', [folder]));
    const { client, worker } = await startFor(t);
    after(t, async () => {
      worker.kill();
      await worker.exited;
    });
    const { write, create } = openFlags;
    const at = (name: string): string => path.join(folder, name);
    const other = await client.open(at('other'), write | create);
    await client.ask({ kind: 'write', handle: other, offset: 0, data: Buffer.alloc(100_000) });
    const handle = await client.open(at('file'), write | create);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, index) =>
        client.ask({ kind: 'write', handle, offset: index * 32_768, data: Buffer.alloc(32_768, 1) }),
      ),
    );
    const codes = answers.map((answer) => (answer.kind === 'status' ? answer.code : -1));
    const fitted = codes.indexOf(statusCodes.failure);
    assert.ok(fitted > 20 && fitted < 32, `${fitted} fitted`);
    assert.deepEqual(codes, [
      ...Array(fitted).fill(statusCodes.ok),
      ...Array(64 - fitted).fill(statusCodes.failure),
    ]);
    for (const answer of answers.slice(fitted))
      assert.equal(answer.kind === 'status' && answer.sentence, 'The disk is full.');
    assert.equal(await client.code({ kind: 'remove', path: fromText(at('other')) }), statusCodes.ok);
    await client.ask({ kind: 'close', handle: other });
    const again = { kind: 'write', handle, offset: fitted * 32_768, data: Buffer.alloc(32_768, 1) } as const;
    assert.equal(await client.code(again), statusCodes.ok);
    await client.ask({ kind: 'close', handle });
    assert.ok(fs.readFileSync(at('file')).equals(Buffer.alloc((fitted + 1) * 32_768, 1)));
  });

  it('stock sftp fails, and leaves what fitted', async (t) => {
    const folder = scratch(t);
    const small = path.join(folder, 'small');
    fs.mkdirSync(small);
    assert.equal((await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', small])).code, 0);
    after(t, () => run('umount', [small]));
    fs.writeFileSync(path.join(folder, 'large'), Buffer.alloc(3_000_000));
    const command = `put ${path.join(folder, 'large')} ${path.join(small, 'large')}\n`;
    const { code, out } = await run('sftp', ['-q', '-b', '-', '-D', serverCommand(folder)], command);
    assert.equal(code, 1);
    assert.match(out, /Failure/);
    assert.ok(fs.statSync(path.join(small, 'large')).size <= 1024 * 1024);
  });
});
