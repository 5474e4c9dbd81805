import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Ended, run, scratch, serverCommand } from './testWorker.ts';
import type { WorkerOptions } from './workerOptions.ts';

/*
 * OpenSSH's own programs, which start the worker directly by their option -D.
 */

type Bench = {
  folder: string;
  at(name: string): string;
  sftp(commands: string[]): Promise<Ended>;
  scp(...args: string[]): Promise<Ended>;
};

function bench(t: TestContext, options: Partial<WorkerOptions> = {}): Bench {
  const folder = scratch(t);
  const server = serverCommand(folder, options);
  return {
    folder,
    at: (name) => path.join(folder, name),
    // -b - : the first command that fails ends it with 1.
    sftp: (commands) => run('sftp', ['-q', '-b', '-', '-D', server], `${commands.join('\n')}\n`),
    scp: (...args) => run('scp', ['-q', '-D', server, ...args]),
  };
}
const hash = (file: string): string => createHash('sha256').update(fs.readFileSync(file)).digest('hex');
const ok = ({ code, out }: Ended): string => {
  assert.equal(code, 0, out);
  return out;
};

describe('stock sftp', () => {
  it('brings 64 MiB there and back, the same to the last bit', async (t) => {
    const { at, sftp } = bench(t);
    fs.writeFileSync(at('here'), randomBytes(64 * 1024 * 1024 - 17));
    ok(await sftp([`put ${at('here')} ${at('there')}`, `get ${at('there')} ${at('back')}`]));
    assert.equal(hash(at('there')), hash(at('here')));
    assert.equal(hash(at('back')), hash(at('here')));
  });

  it('goes on with a part of a file in both directions, with buffers of any size', async (t) => {
    const { at, folder } = bench(t);
    const bytes = randomBytes(3_000_000);
    fs.writeFileSync(at('whole'), bytes);
    fs.writeFileSync(at('up'), bytes.subarray(0, 1_234_567));
    fs.writeFileSync(at('down'), bytes.subarray(0, 7));
    const commands = [`reput ${at('whole')} ${at('up')}`, `reget ${at('whole')} ${at('down')}`];
    ok(
      await run(
        'sftp',
        ['-q', '-B', '1000', '-R', '256', '-b', '-', '-D', serverCommand(folder)],
        `${commands.join('\n')}\n`,
      ),
    );
    assert.equal(hash(at('up')), hash(at('whole')));
    assert.equal(hash(at('down')), hash(at('whole')));
  });

  it('brings trees with their times and permissions', async (t) => {
    const { at, sftp } = bench(t);
    fs.mkdirSync(at('tree/a/b'), { recursive: true });
    for (let each = 0; each < 150; each++) fs.writeFileSync(at(`tree/a/file ${each}`), `content ${each}`);
    fs.writeFileSync(at('tree/a/b/run'), '#!/bin/sh\n');
    fs.chmodSync(at('tree/a/b/run'), 0o750);
    fs.utimesSync(at('tree/a/b/run'), 1_000_000_000, 1_100_000_000);
    ok(await sftp([`put -pR ${at('tree')} ${at('there')}`, `get -pR ${at('there')} ${at('back')}`]));
    assert.equal(ok(await run('diff', ['-r', at('tree'), at('back')])), '');
    const stat = fs.statSync(at('back/a/b/run'));
    assert.deepEqual([stat.mode & 0o7777, stat.mtimeMs], [0o750, 1_100_000_000_000]);
  });

  it('lists as ls does', async (t) => {
    const { at, sftp } = bench(t);
    fs.mkdirSync(at('folder/inner'), { recursive: true });
    fs.writeFileSync(at('folder/file'), 'abc', { mode: 0o640 });
    fs.symlinkSync('file', at('folder/link'));
    const now = new Date();
    fs.utimesSync(at('folder/file'), now, new Date(2001, 1, 3));
    const out = ok(await sftp([`cd ${at('folder')}`, 'ls -la']));
    assert.match(out, /^-rw-r----- .* 3 Feb {2}3 {2}2001 file$/m);
    assert.match(out, /^drwxr-xr-x .* inner$/m);
    assert.match(out, /^lrwxrwxrwx .* 4 \w{3} [ \d]\d \d\d:\d\d link$/m);
    assert.match(out, /^drwxr-xr-x .* \.\.$/m);
  });

  it('renames, links, removes, changes modes, and says how full the disk is', async (t) => {
    const { at, sftp } = bench(t);
    fs.writeFileSync(at('file'), 'abc');
    const out = ok(
      await sftp([
        `cd ${at('')}`,
        'rename file renamed',
        'ln renamed hard',
        'ln -s renamed soft',
        'chmod 600 hard',
        'mkdir folder',
        'rmdir folder',
        'df -h',
        'df -i',
        'pwd',
        'cp renamed copy',
      ]),
    );
    assert.match(out, /%Capacity/);
    assert.equal(fs.readFileSync(at('soft'), 'utf8'), 'abc');
    assert.equal(fs.readFileSync(at('copy'), 'utf8'), 'abc');
    assert.equal(fs.statSync(at('renamed')).mode & 0o777, 0o600);
    assert.equal(fs.readlinkSync(at('soft')), 'renamed');
    assert.ok(!fs.existsSync(at('file')) && !fs.existsSync(at('folder')));
    ok(await sftp([`rm ${at('soft')}`]));
    assert.deepEqual(
      fs
        .readdirSync(at(''))
        .filter((name) => !name.startsWith('.'))
        .sort(),
      ['copy', 'hard', 'renamed'],
    );
  });

  it('finds names that are not UTF-8', async (t) => {
    const { at, sftp, folder } = bench(t);
    const odd = Buffer.concat([Buffer.from(`${folder}/odd-`), Buffer.from([0xff, 0xfe])]);
    fs.writeFileSync(odd, 'odd');
    ok(await sftp([`get ${at('odd-*')} ${at('got')}`]));
    assert.equal(fs.readFileSync(at('got'), 'utf8'), 'odd');
  });

  for (const [what, command, says] of [
    ['a path that is not there', 'get /nowhere/at/all', /not found|No such file/],
    ['a folder that is there already', 'mkdir /tmp', /Failure/],
    ['the agent’s own data', 'rename FOLDER/forbidden/key FOLDER/key', /Permission denied/],
    ['a folder as a file', 'rm FOLDER/forbidden-not', /Failure/],
  ] as const)
    it(`says what is wrong with ${what}`, async (t) => {
      const folder = scratch(t);
      fs.mkdirSync(path.join(folder, 'forbidden'));
      fs.mkdirSync(path.join(folder, 'forbidden-not'));
      fs.writeFileSync(path.join(folder, 'forbidden/key'), 'secret');
      const server = serverCommand(folder, { forbidden: [path.join(folder, 'forbidden')] });
      const { code, out } = await run(
        'sftp',
        ['-q', '-b', '-', '-D', server],
        `${command.replaceAll('FOLDER', folder)}\n`,
      );
      assert.equal(code, 1);
      assert.match(out, says);
    });
});

describe('stock scp', () => {
  it('brings trees both ways with -r and -p', async (t) => {
    const { at, scp } = bench(t);
    fs.mkdirSync(at('tree/a'), { recursive: true });
    fs.writeFileSync(at('tree/a/file'), randomBytes(300_000));
    fs.writeFileSync(at('tree/empty'), '');
    fs.utimesSync(at('tree/a/file'), 1_000_000_000, 1_100_000_000);
    ok(await scp('-rp', at('tree'), `x:${at('there')}`));
    ok(await scp('-rp', `x:${at('there')}`, at('back')));
    assert.equal(ok(await run('diff', ['-r', at('tree'), at('back')])), '');
    assert.equal(fs.statSync(at('back/a/file')).mtimeMs, 1_100_000_000_000);
  });

  it('finds what ~ stands for', async (t) => {
    const { at, folder, scp } = bench(t, {
      runAs: {
        kind: 'user',
        name: 'somebody',
        uid: process.getuid?.() ?? 0,
        gid: process.getgid?.() ?? 0,
        home: fs.realpathSync('/tmp'),
      },
    });
    const name = path.basename(folder);
    fs.writeFileSync(at('file'), 'at home');
    ok(await scp(`x:~/${name}/file`, at('tilde')));
    ok(await scp(`x:${name}/file`, at('relative')));
    assert.equal(fs.readFileSync(at('tilde'), 'utf8'), 'at home');
    assert.equal(fs.readFileSync(at('relative'), 'utf8'), 'at home');
  });
});
