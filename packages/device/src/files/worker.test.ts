import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { tellable } from '../errors/index.ts';
import { Terminal } from '../processes/index.ts';
import { testSession, until, withSpareDescriptors } from '../processes/testing.ts';
import { type FilesWorker, startFilesWorker } from './index.ts';
import { openFlags, packetCap, statusCodes } from './sftp.ts';
import { encodeRequest } from './testing.ts';
import { after, scratch, startFor } from './testWorker.ts';

const plain = { runAs: { kind: 'same-user' }, roots: ['/'], forbidden: [], write: true, mark: 'm' } as const;
const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const ofProcess = (pid: number | undefined, file: string): string =>
  fs.readFileSync(`/proc/${pid}/${file}`, 'utf8');
/** The most memory that the process has ever used. */
const mostMib = (pid: number | undefined): number =>
  Number(/VmHWM:\s+(\d+)/.exec(ofProcess(pid, 'status'))?.[1]) / 1024;

function secretsOf(t: TestContext): void {
  process.env['A_SECRET_OF_THE_AGENT'] = 'x';
  after(t, () => delete process.env['A_SECRET_OF_THE_AGENT']);
}

describe('the worker', () => {
  it('has the session’s mark in its environment, nothing of the agent’s, and no options in its arguments', async (t) => {
    secretsOf(t);
    const { worker } = await startFor(t, {
      mark: 'a-mark',
      forbidden: ['/somewhere/private'],
      environment: { SALLYPORT_REPRESENTATIVE: 'erin@maker.example', SALLYPORT_SESSION: 'forged' },
    });
    const environment = ofProcess(worker.pid, 'environ').split('\0');
    assert.ok(environment.includes('SALLYPORT_SESSION=a-mark'));
    assert.ok(environment.includes('SALLYPORT_REPRESENTATIVE=erin@maker.example'));
    assert.ok(!environment.some((each) => each.startsWith('A_SECRET') || each.startsWith('NODE_OPTIONS')));
    assert.doesNotMatch(ofProcess(worker.pid, 'cmdline'), /private|a-mark/);
  });

  it('is not started, or starts, with few descriptors left, and nothing stays open', async (t) => {
    const { worker } = await startFor(t);
    worker.kill();
    await worker.exited;
    const openNow = (): number => fs.readdirSync('/proc/self/fd').length;
    const before = openNow();
    const outcomes = new Set<string>();
    for (let spare = 0; spare <= 30; spare += 1) {
      const started = await withSpareDescriptors(spare, (): FilesWorker | { code: string } => {
        try {
          return startFilesWorker(plain);
        } catch (error) {
          return error as { code: string };
        }
      });
      outcomes.add('code' in started ? tellable(started).code : 'started');
      if ('code' in started) continue;
      started.kill();
      await started.exited;
    }
    assert.deepEqual([...outcomes], ['device-exhausted', 'started']);
    // /dev/null is kept.
    await until(() => openNow() <= before + 1, 'all of it is closed');
  });

  it('gets no descriptor of the agent, nor the master of a terminal', async (t) => {
    const session = testSession();
    const terminal = new Terminal(session.start('sleep 60'), { columns: 80, rows: 24 }, 'sane');
    after(t, async () => {
      terminal.destroy();
      await session.containment.end();
    });
    const { worker } = await startFor(t);
    const open = fs.readdirSync(`/proc/${worker.pid}/fd`).map((fd) => {
      try {
        return fs.readlinkSync(`/proc/${worker.pid}/fd/${fd}`);
      } catch {
        return '';
      }
    });
    assert.ok(open.length > 4);
    assert.deepEqual(
      open.filter((target) => /ptmx|pts/.test(target)),
      [],
    );
  });

  it('is joined to its cgroup before it serves anything', async (t) => {
    const order: string[] = [];
    let pid = 0;
    const { worker } = await startFor(t, {
      join: async (joining) => {
        pid = joining;
        await new Promise(setImmediate);
        order.push('joined');
      },
    });
    order.push('served');
    assert.deepEqual(order, ['joined', 'served']);
    assert.equal(pid, worker.pid);
  });

  it('serves nobody if it cannot be joined', async () => {
    const join = (): Promise<void> => Promise.reject(new Error('no cgroup'));
    const worker = startFilesWorker({ ...plain, join });
    worker.stream.write(encodeRequest({ kind: 'init', id: 0, version: 3 }));
    worker.stream.on('data', () => assert.fail('it answered'));
    assert.equal((await worker.exited).signal, 'SIGKILL');
  });

  it('runs inside a wrapper, and a wrapper that is not there is an exit', async (t) => {
    const folder = scratch(t);
    const note = path.join(folder, 'note');
    const wrapper = ['sh', '-c', `echo $$ > '${note}'; exec "$@"`, '--'];
    const { worker } = await startFor(t, { wrapper });
    assert.equal(Number(fs.readFileSync(note, 'utf8')), worker.pid);
    const none = startFilesWorker({ ...plain, wrapper: [path.join(folder, 'none')] });
    const { code, said } = await none.exited;
    assert.equal(code, null);
    assert.match(said, /ENOENT/);
  });

  it('ends at once when it is killed, in the middle of anything', async (t) => {
    const { worker, client } = await startFor(t);
    const large = path.join(scratch(t), 'large');
    fs.writeFileSync(large, '');
    fs.truncateSync(large, 2 ** 30);
    const handle = await client.open(large);
    const asked = Array.from({ length: 5000 }, (_, index) =>
      client.ask({ kind: 'read', handle, offset: index * 200_000, length: 200_000 }),
    );
    const outcome = assert.rejects(Promise.all(asked), /gone/);
    worker.kill();
    assert.deepEqual(await worker.exited, { code: null, signal: 'SIGKILL', said: '' });
    await outcome;
  });

  it('has exited once it was killed, also if nobody reads what it has answered', async (t) => {
    const { worker, client } = await startFor(t);
    worker.stream.pause();
    const asked = Array.from({ length: 5000 }, () => client.ask({ kind: 'limits' }));
    const outcome = assert.rejects(Promise.all(asked), /gone/);
    worker.kill();
    assert.equal((await worker.exited).signal, 'SIGKILL');
    await outcome;
  });

  it('tells each file that is opened and closed, and what the client left open', async (t) => {
    const folder = scratch(t);
    const at = (name: string): string => path.join(folder, name);
    const { worker, client, events } = await startFor(t);
    const { write, create, read } = openFlags;
    const made = await client.open(at('made'), write | create);
    await client.ask({ kind: 'write', handle: made, offset: 0, data: Buffer.alloc(1000) });
    await client.ask({ kind: 'close', handle: made });
    const left = await client.open(at('made'), read | write);
    await client.ask({ kind: 'read', handle: left, offset: 900, length: 1000 });
    await client.end();
    await worker.exited;
    const first = { file: 0, path: at('made'), direction: 'write', created: true };
    const second = { file: 1, path: at('made'), direction: 'both', created: false };
    const content = { size: 1000, sha256: sha256(Buffer.alloc(1000)) };
    assert.deepEqual(events, [
      { event: 'opened', ...first },
      { event: 'closed', ...first, bytesRead: 0, bytesWritten: 1000, ...content, result: 'done' },
      { event: 'opened', ...second },
      { event: 'closed', ...second, bytesRead: 100, bytesWritten: 0, ...content, result: 'left-open' },
    ]);
  });

  it('tells the SHA-256 of a file, in whatever order it was written or read', async (t) => {
    const folder = scratch(t);
    const { worker, client, events } = await startFor(t);
    const { write, create, read, append, truncate } = openFlags;
    const data = Buffer.from(Array.from({ length: 3000 }, (_, n) => n % 251));
    const put = async (
      name: string,
      flags: number,
      pieces: readonly number[],
      size?: number,
    ): Promise<void> => {
      const handle = await client.open(path.join(folder, name), flags);
      for (const at of pieces)
        await client.ask({ kind: 'write', handle, offset: at, data: data.subarray(at, at + 1000) });
      if (size !== undefined) await client.ask({ kind: 'fsetstat', handle, attributes: { size } });
      await client.ask({ kind: 'close', handle });
    };
    await put('in-order', write | create, [0, 1000, 2000]);
    await put('out-of-order', write | create, [2000, 0, 1000]);
    await put('over-itself', write | create, [0, 1000, 2000, 0]);
    await put('made-anew', write | create, [0, 1000, 2000], 3000);
    fs.writeFileSync(path.join(folder, 'appended'), data.subarray(0, 2000));
    await put('appended', write | append, [2000]);
    await put('emptied', write | create | truncate, [0, 1000, 2000]);
    for (const parts of [[0, 1000, 2000], [2000], []]) {
      const handle = await client.open(path.join(folder, 'in-order'), read);
      for (const offset of parts) await client.ask({ kind: 'read', handle, offset, length: 1000 });
      await client.ask({ kind: 'close', handle });
    }
    await client.end();
    await worker.exited;
    const closed = events.filter((event) => event.event === 'closed');
    assert.equal(closed.length, 9);
    for (const { path: name, size, sha256: told } of closed)
      assert.deepEqual([size, told], [3000, sha256(data)], name);
  });

  it('tells of a file of which something could not be written', async (t) => {
    const { worker, client, events } = await startFor(t);
    const handle = await client.open(path.join(scratch(t), 'file'), openFlags.write | openFlags.create);
    const beyond = { kind: 'write', handle, offset: Number.MAX_SAFE_INTEGER, data: Buffer.alloc(9) } as const;
    assert.equal(await client.code(beyond), statusCodes.failure);
    await client.ask({ kind: 'close', handle });
    await client.end();
    await worker.exited;
    const last = events.at(-1);
    assert.ok(last?.event === 'closed');
    assert.deepEqual([last.result, last.bytesWritten], ['failed', 0]);
  });

  it('that is ended is told to have left open what it had open', async (t) => {
    const { worker, client, events } = await startFor(t);
    const file = path.join(scratch(t), 'file');
    await client.open(file, openFlags.write | openFlags.create);
    worker.kill();
    await worker.exited;
    assert.deepEqual(events.at(-1), { event: 'cut', file: 0, path: file, direction: 'write', created: true });
  });

  it('tells every change of names, and every one that failed', async (t) => {
    const folder = scratch(t);
    const at = (name: string): never => path.join(folder, name) as never;
    const { worker, client, events } = await startFor(t);
    await client.code({ kind: 'mkdir', path: at('a'), attributes: {} });
    await client.code({ kind: 'symlink', target: 'x' as never, path: at('b') });
    await client.code({ kind: 'posix-rename', from: at('b'), to: at('c') });
    await client.code({ kind: 'remove', path: at('c') });
    await client.code({ kind: 'setstat', path: at('a'), attributes: { permissions: 0o700 } });
    await client.code({ kind: 'rmdir', path: at('a') });
    await client.code({ kind: 'rmdir', path: at('a') });
    await client.end();
    await worker.exited;
    assert.deepEqual(
      events.map((event) =>
        event.event === 'changed' ? [event.what, event.path, event.to, event.result] : event,
      ),
      [
        ['folder-made', at('a'), undefined, 'done'],
        ['linked', at('b'), 'x', 'done'],
        ['renamed', at('b'), at('c'), 'done'],
        ['removed', at('c'), undefined, 'done'],
        ['attributes', at('a'), undefined, 'done'],
        ['folder-removed', at('a'), undefined, 'done'],
        ['folder-removed', at('a'), undefined, 'failed'],
      ],
    );
  });
});

describe('what a client is not permitted to do', () => {
  it('is told with its paths, by path, by two and by what is open', async (t) => {
    const folder = scratch(t);
    const at = (name: string): never => path.join(folder, name) as never;
    fs.writeFileSync(at('file'), '');
    const { worker, client, events } = await startFor(t, { write: false });
    const handle = await client.open(at('file'));
    await client.code({ kind: 'opendir', path: '/proc/self/root' as never });
    await client.code({ kind: 'rename', from: at('file'), to: at('b') });
    await client.code({ kind: 'write', handle, offset: 0, data: Buffer.from('x') });
    await client.code({ kind: 'stat', path: at('not there') });
    await client.end();
    await worker.exited;
    assert.deepEqual(
      events.filter(({ event }) => event === 'refused'),
      [
        { event: 'refused', what: 'opendir', path: '/proc/self/root' },
        { event: 'refused', what: 'rename', path: at('file'), to: at('b') },
        { event: 'refused', what: 'write', path: at('file') },
      ],
    );
  });

  it('is told a hundred times, and not without end', async (t) => {
    const { worker, client, events } = await startFor(t);
    for (let asked = 0; asked < 120; asked += 1)
      await client.code({ kind: 'stat', path: '/proc/version' as never });
    await client.end();
    await worker.exited;
    assert.equal(events.length, 100);
  });
});

describe('a client', () => {
  it('that does not begin with INIT is not served', async () => {
    const worker = startFilesWorker(plain);
    worker.stream.on('data', () => assert.fail('it answered')).resume();
    worker.stream.write(encodeRequest({ kind: 'limits', id: 1 }));
    const { code, said } = await worker.exited;
    assert.equal(code, 1);
    assert.match(said, /not SFTP: the first request is not INIT/);
  });

  it('that speaks something else is not served', async () => {
    const worker = startFilesWorker(plain);
    worker.stream.resume().write('GET / HTTP/1.1\r\nHost: device\r\n\r\n');
    const { code, said } = await worker.exited;
    assert.equal(code, 1);
    assert.match(said, /longer than the \d+ allowed/);
  });

  it('that announces more than a packet may have is not served, and one with the longest packet is', async (t) => {
    const { client, worker } = await startFor(t);
    const longest = Buffer.alloc(4 + packetCap);
    longest.writeUInt32BE(packetCap);
    client.raw(longest);
    assert.equal(await client.code({ kind: 'limits' }), statusCodes.ok);
    client.raw(Buffer.from([0, 4, 0, 1]));
    assert.equal((await worker.exited).code, 1);
  });

  it('that asks for hundreds of megabytes and does not read takes a bounded memory, and gets all when it reads', async (t) => {
    const folder = scratch(t);
    const large = path.join(folder, 'large');
    fs.closeSync(fs.openSync(large, 'w'));
    fs.truncateSync(large, 2 ** 31);
    const { client, worker } = await startFor(t);
    const handle = await client.open(large);
    worker.stream.pause();
    const asked = Array.from({ length: 1500 }, (_, index) =>
      client.ask({ kind: 'read', handle, offset: index * 200_000, length: 200_000 }),
    );
    worker.stream.resume();
    for (const answer of await Promise.all(asked))
      assert.ok(answer.kind === 'data' && answer.data.length === 200_000);
    assert.ok(mostMib(worker.pid) < 150, `${mostMib(worker.pid)} MiB`);
  });

  it('that goes away in the middle takes the worker along, and its files are told as closed', async (t) => {
    const folder = scratch(t);
    const large = path.join(folder, 'large');
    fs.writeFileSync(large, '');
    fs.truncateSync(large, 2 ** 30);
    const { client, worker, events } = await startFor(t);
    const handle = await client.open(large);
    worker.stream.pause();
    const asked = Array.from({ length: 1000 }, (_, index) =>
      client.ask({ kind: 'read', handle, offset: index * 200_000, length: 200_000 }),
    );
    const outcome = assert.rejects(Promise.all(asked), /gone/);
    worker.stream.destroy();
    assert.notEqual((await worker.exited).signal, 'SIGKILL');
    await outcome;
    assert.deepEqual(
      events.map(({ event }) => event),
      ['opened', 'closed'],
    );
  });

  it('that writes without waiting takes a bounded memory', async (t) => {
    const folder = scratch(t);
    const { client, worker } = await startFor(t);
    const handle = await client.open(path.join(folder, 'large'), openFlags.write | openFlags.create);
    const data = Buffer.alloc(200_000, 7);
    const asked = Array.from({ length: 1000 }, (_, index) =>
      client.code({ kind: 'write', handle, offset: index * data.length, data }),
    );
    assert.ok((await Promise.all(asked)).every((code) => code === statusCodes.ok));
    assert.equal(fs.statSync(path.join(folder, 'large')).size, 200_000_000);
    assert.ok(mostMib(worker.pid) < 150, `${mostMib(worker.pid)} MiB`);
  });

  it('that floods with tiny requests gets every answer, from a bounded memory', async (t) => {
    const { client, worker } = await startFor(t);
    const asked = Array.from({ length: 10_000 }, () => client.code({ kind: 'close', handle: 'x' }));
    assert.ok((await Promise.all(asked)).every((code) => code === statusCodes.failure));
    assert.ok(mostMib(worker.pid) < 150, `${mostMib(worker.pid)} MiB`);
  });
});
