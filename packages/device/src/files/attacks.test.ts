import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { mustBeRoot } from '../processes/testing.ts';
import { fromText } from './bytePath.ts';
import { openFlags, statusCodes } from './sftp.ts';
import type { FilesWorkerOptions } from './startFilesWorker.ts';
import type { Asked } from './testing.ts';
import { after, type Running, run, scratch, startFor } from './testWorker.ts';

/*
 * A hostile representative, who has the scope files:write and speaks SFTP as they please, against the fence. Each root
 * has a folder `in` that is open and a folder `out` that is not, with a file `secret` in it.
 */

const { read, write, create, truncate, exclusive, append } = openFlags;
const { permissionDenied, failure } = statusCodes;
const secret = 'the secret outside';

type Site = Running & { at(name: string): string; outside(): string };

async function site(t: TestContext, options: Partial<FilesWorkerOptions> = {}): Promise<Site> {
  const folder = scratch(t);
  const at = (name: string): string => path.join(folder, name);
  fs.mkdirSync(at('in'));
  fs.mkdirSync(at('out'));
  fs.writeFileSync(at('out/secret'), secret);
  const running = await startFor(t, { roots: [at('in')], ...options });
  // All that is outside, to see afterwards that nothing has happened to it.
  const outside = (): string =>
    fs
      .readdirSync(at('out'))
      .sort()
      .map(
        (name) =>
          `${name} ${fs.lstatSync(at(`out/${name}`)).mode} ${fs.readFileSync(at(`out/${name}`), 'utf8')}`,
      )
      .join();
  return { ...running, at, outside };
}

/** Every request that can be made of one path. */
function everything(text: string): Asked[] {
  const p = fromText(text);
  const attributes = { permissions: 0o777 };
  return [
    ...[read, write, write | create | truncate, write | append, read | write | create | exclusive].map(
      (flags): Asked => ({ kind: 'open', path: p, flags, attributes: {} }),
    ),
    { kind: 'stat', path: p },
    { kind: 'opendir', path: p },
    { kind: 'realpath', path: p },
    { kind: 'statvfs', path: p },
    { kind: 'setstat', path: p, attributes },
    ...names(text),
  ];
}
/** Those that are about the name itself, not about where it leads. */
function names(text: string): Asked[] {
  const p = fromText(text);
  return [
    { kind: 'remove', path: p },
    { kind: 'rmdir', path: p },
    { kind: 'mkdir', path: p, attributes: {} },
    { kind: 'readlink', path: p },
    { kind: 'lstat', path: p },
    { kind: 'lsetstat', path: p, attributes: { permissions: 0o777 } },
    { kind: 'symlink', target: fromText('x'), path: p },
    { kind: 'rename', from: p, to: fromText(`${text}2`) },
    { kind: 'posix-rename', from: p, to: fromText(`${text}2`) },
    { kind: 'hardlink', from: p, to: fromText(`${text}2`) },
  ];
}

async function allRefused(
  { client }: Site,
  asked: Asked[],
  codes: number[] = [permissionDenied],
): Promise<void> {
  for (const request of asked) {
    const code = await client.code(request);
    assert.ok(codes.includes(code), `${request.kind} was answered with ${code}`);
  }
}

describe('outside of the roots', () => {
  it('nothing is opened, told or changed by its plain path', async (t) => {
    const here = await site(t);
    const before = here.outside();
    await allRefused(here, everything(here.at('out/secret')));
    await allRefused(here, everything(here.at('out')));
    assert.equal(here.outside(), before);
  });

  it('nothing tells whether it is there', async (t) => {
    const here = await site(t);
    await allRefused(here, everything(here.at('out/not-there')));
    await allRefused(here, everything('/not/there/at/all'));
  });

  it('nothing is reached by ..', async (t) => {
    const here = await site(t);
    const before = here.outside();
    fs.mkdirSync(here.at('in/deep'));
    await allRefused(here, everything(here.at('in/../out/secret')));
    await allRefused(here, everything(`${here.at('in')}/deep/../../out/secret`));
    await allRefused(here, everything('../out/secret'));
    assert.equal(here.outside(), before);
  });

  it('nothing is reached by a link to a file', async (t) => {
    const here = await site(t);
    const before = here.outside();
    fs.symlinkSync('../out/secret', here.at('in/link'));
    const through = everything(here.at('in/link')).filter(
      ({ kind }) => !names('').some((own) => own.kind === kind),
    );
    await allRefused(here, through, [permissionDenied, failure]);
    assert.equal(here.outside(), before);
  });

  it('nothing is reached by a link to a folder, nor by .. behind it', async (t) => {
    const here = await site(t);
    const before = here.outside();
    fs.symlinkSync(here.at('out'), here.at('in/link'));
    await allRefused(here, everything(here.at('in/link/secret')));
    await allRefused(here, everything(`${here.at('in')}/link/../out/secret`));
    assert.equal(here.outside(), before);
  });

  it('nothing is created through a link that leads nowhere', async (t) => {
    const here = await site(t);
    fs.symlinkSync(here.at('out/new'), here.at('in/link'));
    const flags = write | create | truncate;
    const open: Asked = { kind: 'open', path: fromText(here.at('in/link')), flags, attributes: {} };
    assert.equal(await here.client.code(open), failure);
    assert.ok(!fs.existsSync(here.at('out/new')));
  });

  it('nothing comes in or goes out by rename or by a hard link', async (t) => {
    const here = await site(t);
    const before = here.outside();
    fs.writeFileSync(here.at('in/mine'), 'mine');
    for (const kind of ['rename', 'posix-rename', 'hardlink'] as const) {
      const inner = fromText(here.at('in/mine'));
      const [own, other] = [fromText(here.at('in/taken')), fromText(here.at('out/secret'))];
      assert.equal(await here.client.code({ kind, from: other, to: own }), permissionDenied);
      assert.equal(
        await here.client.code({ kind, from: inner, to: fromText(here.at('out/left')) }),
        permissionDenied,
      );
    }
    assert.deepEqual(fs.readdirSync(here.at('in')), ['mine']);
    assert.equal(here.outside(), before);
  });

  it('the root itself is neither removed nor renamed', async (t) => {
    const here = await site(t);
    const root = fromText(here.at('in'));
    const to = fromText(here.at('in2'));
    await allRefused(here, [
      { kind: 'rmdir', path: root },
      { kind: 'rename', from: root, to },
      { kind: 'posix-rename', from: root, to },
    ]);
    assert.ok(fs.existsSync(here.at('in')));
  });

  it('.. of a root is listed as the root itself', async (t) => {
    const here = await site(t);
    fs.chmodSync(here.at('in'), 0o751);
    fs.chmodSync(here.at(''), 0o711);
    const handle = await here.client.openFolder(here.at('in'));
    const answer = await here.client.ask({ kind: 'readdir', handle });
    assert.ok(answer.kind === 'name');
    const modes = answer.entries.map(({ name, attributes }) => [name, (attributes.permissions ?? 0) & 0o777]);
    assert.deepEqual(modes, [
      ['.', 0o751],
      ['..', 0o751],
    ]);
  });
});

describe('a link that is swapped all the time', () => {
  /**
   * Swaps, as fast as it can until the test ends: `in/way` between a link to a folder inside and one to the folder
   * outside; and that folder inside, `in/real`, for a link to the one outside.
   */
  async function swapping(t: TestContext, here: Site): Promise<void> {
    fs.mkdirSync(here.at('in/real'));
    fs.writeFileSync(here.at('in/real/secret'), 'inside');
    const script = `const fs = require('node:fs');
      const [way, real, out] = process.argv.slice(1);
      fs.symlinkSync(real, way); fs.symlinkSync(out, way + '.o');
      process.stdout.write('x');
for (;;) {
        fs.renameSync(way + '.o', way); fs.symlinkSync(real, way + '.r');
        fs.renameSync(way + '.r', way); fs.symlinkSync(out, way + '.o');
        fs.renameSync(real, real + '.d'); fs.symlinkSync(out, real);
        fs.unlinkSync(real); fs.renameSync(real + '.d', real);
      }`;
    const swapper = spawn(process.execPath, [
      '-e',
      script,
      here.at('in/way'),
      here.at('in/real'),
      here.at('out'),
    ]);
    after(t, async () => {
      swapper.kill('SIGKILL');
      await once(swapper, 'close');
    });
    await once(swapper.stdout, 'data');
  }

  it('never gives a byte of what is outside', async (t) => {
    const here = await site(t);
    await swapping(t, here);
    let [inside, refused] = [0, 0];
    for (let each = 0; each < 20_000 && (inside < 100 || refused < 100); each++) {
      const content = await here.client.content(here.at('in/way/secret')).catch(() => undefined);
      if (content === undefined) refused++;
      else inside++;
      assert.notEqual(content?.toString(), secret);
    }
    assert.ok(
      inside >= 100 && refused >= 100,
      `inside ${inside}, refused ${refused}: the race did not happen`,
    );
  });

  it('never lets anything outside be made, emptied, changed or removed', async (t) => {
    const here = await site(t);
    const before = here.outside();
    await swapping(t, here);
    const way = (name: string): ReturnType<typeof fromText> => fromText(here.at(`in/way/${name}`));
    let done = 0;
    for (let each = 0; each < 200; each++) {
      const codes = await Promise.all([
        here.client.code({ kind: 'mkdir', path: way('made'), attributes: {} }),
        here.client.code({ kind: 'rmdir', path: way('made') }),
        here.client.code({ kind: 'symlink', target: fromText('x'), path: way('soft') }),
        here.client.code({ kind: 'remove', path: way('soft') }),
        here.client.code({
          kind: 'setstat',
          path: way('secret'),
          attributes: { permissions: 0o600, size: 3 },
        }),
        here.client.code({
          kind: 'setstat',
          path: fromText(here.at('in/real/secret')),
          attributes: { size: 4 },
        }),
        here.client.code({ kind: 'posix-rename', from: way('secret'), to: way('secret') }),
        here.client.code({ kind: 'hardlink', from: way('secret'), to: way('hard') }),
        here.client.code({ kind: 'remove', path: way('hard') }),
      ]);
      done += codes.filter((code) => code === statusCodes.ok).length;
      const handle = await here.client
        .open(here.at('in/way/secret'), write | create | truncate)
        .catch(() => undefined);
      if (handle !== undefined) await here.client.ask({ kind: 'close', handle });
      const fresh = await here.client.open(here.at('in/way/new'), write | create).catch(() => undefined);
      if (fresh !== undefined) await here.client.ask({ kind: 'close', handle: fresh });
    }
    assert.ok(done > 30, 'the race did not happen');
    assert.equal(here.outside(), before);
  });
});

describe('/proc', () => {
  it('is refused by its path, also with .. and doubled slashes', async (t) => {
    const here = await site(t, { roots: ['/'] });
    for (const text of ['/proc/self/environ', '/proc', '//proc//1/../self/maps', '/tmp/../proc/version'])
      await allRefused(here, everything(text));
  });

  it('is refused through its own links into the rest of the device', async (t) => {
    const here = await site(t, { roots: ['/'] });
    await allRefused(here, everything(`/proc/self/root${here.at('out/secret')}`));
    await allRefused(here, everything('/proc/self/cwd/etc/passwd'));
    await allRefused(here, everything('/proc/thread-self/root/etc/passwd'));
  });

  it('is refused through links from elsewhere', async (t) => {
    const here = await site(t, { roots: ['/'] });
    fs.symlinkSync('/proc', here.at('in/proc'));
    fs.symlinkSync('/proc/self/environ', here.at('in/environ'));
    fs.symlinkSync('/proc/self/root/proc', here.at('in/root'));
    assert.equal(await here.client.content(here.at('in/environ')).catch(() => 'refused'), 'refused');
    await allRefused(here, everything(here.at('in/proc/self/environ')));
    await allRefused(here, everything(here.at('in/root/self/environ')));
    await allRefused(here, everything('/dev/fd/../environ'));
  });

  it('is refused where it is mounted a second time', async (t) => {
    mustBeRoot();
    const here = await site(t, { roots: ['/'] });
    fs.mkdirSync(here.at('in/second'));
    assert.equal((await run('mount', ['-t', 'proc', 'none', here.at('in/second')])).code, 0);
    after(t, () => run('umount', [here.at('in/second')]));
    await allRefused(here, everything(here.at('in/second/self/environ')));
    assert.equal(
      await here.client.code({ kind: 'opendir', path: fromText(here.at('in/second')) }),
      permissionDenied,
    );
  });

  it('gives nothing of another process’s root, even where its paths look like open ones', async (t) => {
    mustBeRoot();
    const here = await site(t);
    const other = spawn('unshare', [
      '-m',
      'sh',
      '-c',
      `mount -t tmpfs none '${here.at('in')}' && echo other > '${here.at('in/file')}' && echo ready && exec sleep 1000`,
    ]);
    after(t, async () => {
      other.kill('SIGKILL');
      await once(other, 'close');
    });
    await once(other.stdout, 'data');
    fs.writeFileSync(here.at('in/file'), 'ours');
    fs.symlinkSync(`/proc/${other.pid}/root${here.at('in/file')}`, here.at('in/link'));
    assert.equal(
      fs.readFileSync(here.at('in/link'), 'utf8'),
      'other\n',
      'the link leads into the other root',
    );
    assert.equal(await here.client.content(here.at('in/link')).catch(() => 'refused'), 'refused');
    assert.equal((await here.client.content(here.at('in/file'))).toString(), 'ours');
  });
});

describe('the agent’s own data', () => {
  async function guarded(t: TestContext): Promise<Site> {
    const folder = scratch(t);
    fs.mkdirSync(path.join(folder, 'data/agent'), { recursive: true });
    fs.writeFileSync(path.join(folder, 'data/agent/identity'), 'key');
    const here = await site(t, { roots: ['/'], forbidden: [path.join(folder, 'data/agent')] });
    return { ...here, at: (name) => path.join(folder, name) };
  }

  it('is refused by every request, directly and through links', async (t) => {
    const here = await guarded(t);
    await allRefused(here, everything(here.at('data/agent/identity')));
    await allRefused(here, everything(here.at('data/agent')));
    fs.symlinkSync(here.at('data'), here.at('link'));
    await allRefused(here, everything(here.at('link/agent/identity')));
    assert.equal(fs.readFileSync(here.at('data/agent/identity'), 'utf8'), 'key');
  });

  it('is not brought to another path by renaming what it lies in', async (t) => {
    const here = await guarded(t);
    for (const kind of ['rename', 'posix-rename'] as const) {
      const request: Asked = { kind, from: fromText(here.at('data')), to: fromText(here.at('moved')) };
      assert.equal(await here.client.code(request), permissionDenied);
    }
    assert.ok(fs.existsSync(here.at('data/agent/identity')));
  });

  it('is refused where a part of it is mounted a second time', async (t) => {
    mustBeRoot();
    const folder = scratch(t);
    const at = (name: string): string => path.join(folder, name);
    fs.mkdirSync(at('agent/keys'), { recursive: true });
    fs.mkdirSync(at('second'));
    fs.writeFileSync(at('agent/keys/identity'), 'key');
    assert.equal((await run('mount', ['--bind', at('agent/keys'), at('second')])).code, 0);
    after(t, () => run('umount', [at('second')]));
    const here = await site(t, { roots: ['/'], forbidden: [at('agent')] });
    await allRefused(here, everything(at('second/identity')));
  });
});

describe('what is not a plain file', () => {
  it('is not opened, and does not make the others wait', async (t) => {
    const here = await site(t, { roots: ['/'] });
    assert.equal((await run('mkfifo', [here.at('in/pipe')])).code, 0);
    for (const name of [here.at('in/pipe'), '/dev/zero', '/dev/tty', '/dev/null'])
      for (const flags of [read, write, read | write | create])
        assert.equal(
          await here.client.code({ kind: 'open', path: fromText(name), flags, attributes: {} }),
          permissionDenied,
          name,
        );
    assert.equal(
      await here.client.code({ kind: 'open', path: fromText('/tmp'), flags: read, attributes: {} }),
      failure,
    );
  });

  it('of the worker’s own descriptors is out of reach', async (t) => {
    const here = await site(t, { roots: ['/'] });
    for (let fd = 0; fd < 30; fd++) {
      const open: Asked = { kind: 'open', path: fromText(`/dev/fd/${fd}`), flags: read, attributes: {} };
      assert.notEqual(await here.client.code(open), statusCodes.ok);
    }
  });
});

describe('/sys', () => {
  it('is read, and never written', async (t) => {
    const here = await site(t, { roots: ['/'] });
    assert.match((await here.client.content('/sys/kernel/uevent_seqnum')).toString(), /^\d+\n$/);
    const flags = write;
    const open: Asked = { kind: 'open', path: fromText('/sys/kernel/uevent_helper'), flags, attributes: {} };
    assert.notEqual(await here.client.code(open), statusCodes.ok);
    const made: Asked = { kind: 'mkdir', path: fromText('/sys/fs/cgroup/mine'), attributes: {} };
    assert.equal(await here.client.code(made), permissionDenied);
  });
});
