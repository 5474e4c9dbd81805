import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { mustBeRoot } from '../processes/testing.ts';
import { fromText } from './bytePath.ts';
import { FieldReader } from './fields.ts';
import { dataCap, extensions, handleCap, openFlags, packetCap, statusCodes } from './sftp.ts';
import type { Answer, Client } from './testing.ts';
import { encodeRequest } from './testing.ts';
import { type Running, scratch, startFor } from './testWorker.ts';

const { read, write, create, append, exclusive, truncate } = openFlags;
const { ok, eof, failure, noSuchFile, permissionDenied, badMessage, unsupported } = statusCodes;

async function site(
  t: TestContext,
): Promise<Running & { at(name: string): string; p(name: string): ReturnType<typeof fromText> }> {
  const folder = scratch(t);
  const at = (name: string): string => path.join(folder, name);
  return { ...(await startFor(t)), at, p: (name) => fromText(at(name)) };
}
function sentence(answer: Answer): string {
  assert.ok(answer.kind === 'status', answer.kind);
  return answer.sentence;
}
async function pathOf(client: Client, request: Parameters<Client['ask']>[0]): Promise<string> {
  const answer = await client.ask(request);
  assert.ok(answer.kind === 'name', JSON.stringify(answer));
  return answer.entries[0]?.name ?? '';
}

describe('the server', () => {
  it('announces version 3 and its extensions', async (t) => {
    const { worker } = await startFor(t);
    const greeting = new Promise<Buffer>((resolve) => worker.stream.once('data', resolve));
    worker.stream.write(encodeRequest({ kind: 'init', id: 0, version: 6 }));
    const packet = await greeting;
    assert.equal(packet[4], 2);
    assert.equal(packet.readUInt32BE(5), 3);
    for (const name of Object.keys(extensions)) assert.ok(packet.includes(name), name);
  });

  it('tells its limits', async (t) => {
    const { client } = await startFor(t);
    const answer = await client.ask({ kind: 'limits' });
    assert.ok(answer.kind === 'extended');
    const fields = new FieldReader(answer.body);
    const told = [1, 2, 3, 4].map(() => fields.u64('a limit'));
    assert.deepEqual(told, [packetCap, dataCap, dataCap, handleCap]);
  });

  it('answers what it does not know, and what is malformed, and goes on', async (t) => {
    const { client, worker } = await startFor(t);
    const answers: Buffer[] = [];
    worker.stream.on('data', (chunk: Buffer) => answers.push(chunk));
    client.raw(Buffer.from([0, 0, 0, 5, 77, 0, 0, 1, 0]));
    client.raw(Buffer.from([0, 0, 0, 6, 17, 0, 0, 1, 1, 9]));
    assert.equal(await client.code({ kind: 'stat', path: fromText('/') }), ok);
    const all = Buffer.concat(answers);
    assert.equal(all.readUInt32BE(9), unsupported);
    assert.equal(all.readUInt32BE(4 + all.readUInt32BE(0) + 9), badMessage);
  });

  it('keeps the order of what belongs together, when everything is sent at once', async (t) => {
    const { client, at, p } = await site(t);
    const handle = await client.open(at('file'), write | read | create);
    const asked = [
      client.code({ kind: 'write', handle, offset: 0, data: Buffer.from('aaaa') }),
      client.code({ kind: 'write', handle, offset: 2, data: Buffer.from('bb') }),
      client.code({ kind: 'fsetstat', handle, attributes: { size: 3 } }),
      client.code({ kind: 'close', handle }),
      client.code({ kind: 'mkdir', path: p('folder'), attributes: {} }),
      client.code({ kind: 'rename', from: p('file'), to: p('folder/file') }),
      client.code({ kind: 'stat', path: p('folder/file') }),
      client.code({ kind: 'stat', path: p('file') }),
    ];
    assert.deepEqual(await Promise.all(asked), [ok, ok, ok, ok, ok, ok, ok, noSuchFile]);
    assert.equal(fs.readFileSync(at('folder/file'), 'utf8'), 'aab');
  });
});

describe('reading', () => {
  it('gives each of many requests its own part, and the end to those behind it', async (t) => {
    const { client, at } = await site(t);
    const bytes = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    fs.writeFileSync(at('file'), bytes);
    const handle = await client.open(at('file'));
    const offsets = [0, 30_000, 60_000, 90_000, 120_000, 150_000, 5, 99_999, 100_000];
    const answers = await Promise.all(
      offsets.map((offset) => client.ask({ kind: 'read', handle, offset, length: 30_000 })),
    );
    for (const [index, offset] of offsets.entries()) {
      const answer = answers[index];
      const expected = bytes.subarray(offset, offset + 30_000);
      if (expected.length > 0)
        assert.ok(answer?.kind === 'data' && answer.data.equals(expected), String(offset));
      else assert.ok(answer?.kind === 'status' && answer.code === eof, String(offset));
    }
  });

  it('answers in the order it was asked, since stock scp cuts the file where one answer overtakes another', async (t) => {
    const { client, at } = await site(t);
    const pieceBytes = 32_768;
    const count = 1_280;
    fs.writeFileSync(at('file'), Buffer.alloc(count * pieceBytes));
    const handle = await client.open(at('file'));
    const order: number[] = [];
    await Promise.all(
      Array.from({ length: count }, async (_, index) => {
        await client.ask({ kind: 'read', handle, offset: index * pieceBytes, length: pieceBytes });
        order.push(index);
      }),
    );
    assert.deepEqual(
      order,
      Array.from({ length: count }, (_, index) => index),
    );
  });

  it('gives no more than it has said, and nothing where nothing was asked for', async (t) => {
    const { client, at } = await site(t);
    fs.writeFileSync(at('file'), Buffer.alloc(1_000_000));
    const handle = await client.open(at('file'));
    const [much, none, next] = await Promise.all([
      client.ask({ kind: 'read', handle, offset: 0, length: 0xffffffff }),
      client.ask({ kind: 'read', handle, offset: 3, length: 0 }),
      client.ask({ kind: 'read', handle, offset: 3, length: 10 }),
    ]);
    assert.ok(much.kind === 'data' && much.data.length === dataCap);
    assert.ok(none.kind === 'data' && none.data.length === 0);
    assert.ok(next.kind === 'data' && next.data.length === 10);
  });

  it('gives a file of the kernel as a whole, which comes in parts', async (t) => {
    const { client } = await startFor(t);
    // The large one comes in parts; where the kernel has none, a small one says less than its size, which is a page.
    const kernels = ['/sys/kernel/btf/vmlinux', '/sys/kernel/uevent_seqnum'].find((file) =>
      fs.existsSync(file),
    );
    assert.ok(kernels);
    const handle = await client.open(kernels);
    const whole = fs.readFileSync(kernels);
    const answers = await Promise.all(
      [0, 1, 2, 3].map((index) =>
        client.ask({ kind: 'read', handle, offset: index * 200_000, length: 200_000 }),
      ),
    );
    for (const [index, answer] of answers.entries()) {
      const part = whole.subarray(index * 200_000, (index + 1) * 200_000);
      if (part.length === 0) assert.ok(answer.kind === 'status' && answer.code === eof);
      else assert.ok(answer.kind === 'data' && answer.data.length > 0 && part.indexOf(answer.data) === 0);
    }
  });

  it('of a handle that is only open for writing is refused, and writing to one for reading', async (t) => {
    const { client, at } = await site(t);
    const writes = await client.open(at('file'), write | create);
    const reads = await client.open(at('file'));
    assert.equal(await client.code({ kind: 'read', handle: writes, offset: 0, length: 1 }), permissionDenied);
    const data = Buffer.from('x');
    assert.equal(await client.code({ kind: 'write', handle: reads, offset: 0, data }), permissionDenied);
  });
});

describe('opening', () => {
  it('creates only what is not there, with the permissions asked for, less the umask', async (t) => {
    const { client, at, p } = await site(t);
    const flags = write | create | exclusive;
    const open = { kind: 'open', path: p('file'), flags, attributes: { permissions: 0o666 } } as const;
    assert.equal(await client.code(open), ok);
    assert.equal(fs.statSync(at('file')).mode & 0o777, 0o644);
    assert.match(sentence(await client.ask(open)), /already/);
  });

  it('empties a file only when told to', async (t) => {
    const { client, at } = await site(t);
    fs.writeFileSync(at('file'), 'content');
    await client.open(at('file'), write | create);
    assert.equal(fs.readFileSync(at('file'), 'utf8'), 'content');
    await client.open(at('file'), write | create | truncate);
    assert.equal(fs.readFileSync(at('file'), 'utf8'), '');
  });

  it('to append puts everything at the end, in order', async (t) => {
    const { client, at } = await site(t);
    fs.writeFileSync(at('file'), 'begin');
    const handle = await client.open(at('file'), append);
    await Promise.all(
      ['1', '2', '3'].map((text, offset) =>
        client.ask({ kind: 'write', handle, offset, data: Buffer.from(text) }),
      ),
    );
    assert.equal(fs.readFileSync(at('file'), 'utf8'), 'begin123');
  });

  it('stops at 256 handles, and goes on when one is closed', async (t) => {
    const { client, at } = await site(t);
    fs.writeFileSync(at('file'), '');
    const handles: string[] = [];
    for (let each = 0; each < handleCap / 2; each++) {
      handles.push(await client.open(at('file')));
      handles.push(await client.openFolder(at('')));
    }
    await assert.rejects(client.open(at('file')), /256 files and folders are open/);
    await assert.rejects(client.openFolder(at('')), /256 files and folders are open/);
    assert.equal(await client.code({ kind: 'close', handle: handles[7] ?? '' }), ok);
    await client.open(at('file'));
  });

  it('never gives a closed handle another meaning', async (t) => {
    const { client, at } = await site(t);
    fs.writeFileSync(at('file'), 'x');
    const old = await client.open(at('file'));
    await client.ask({ kind: 'close', handle: old });
    const current = await client.open(at('file'));
    assert.notEqual(old, current);
    for (const handle of [old, '', 'x'.repeat(8), 'x'.repeat(256)]) {
      assert.equal(await client.code({ kind: 'read', handle, offset: 0, length: 1 }), failure);
      assert.equal(await client.code({ kind: 'close', handle }), failure);
    }
    assert.equal(await client.code({ kind: 'readdir', handle: current }), failure);
  });
});

describe('names', () => {
  it('are renamed over nothing by RENAME, and over everything by posix-rename', async (t) => {
    const { client, at, p } = await site(t);
    fs.writeFileSync(at('a'), 'a');
    fs.writeFileSync(at('b'), 'b');
    fs.mkdirSync(at('folder'));
    assert.match(sentence(await client.ask({ kind: 'rename', from: p('a'), to: p('b') })), /already/);
    assert.match(sentence(await client.ask({ kind: 'rename', from: p('folder'), to: p('b') })), /already/);
    assert.equal(fs.readFileSync(at('b'), 'utf8'), 'b');
    assert.equal(await client.code({ kind: 'posix-rename', from: p('a'), to: p('b') }), ok);
    assert.equal(fs.readFileSync(at('b'), 'utf8'), 'a');
    assert.equal(await client.code({ kind: 'rename', from: p('folder'), to: p('folder2') }), ok);
  });

  it('are found, expanded and told as they really are', async (t) => {
    const { client, at, p } = await site(t);
    fs.mkdirSync(at('real'));
    fs.symlinkSync('real', at('link'));
    const home = fs.realpathSync(process.env['HOME'] ?? '/');
    assert.equal(await pathOf(client, { kind: 'realpath', path: fromText('.') }), home);
    assert.equal(await pathOf(client, { kind: 'realpath', path: fromText('') }), home);
    assert.equal(await pathOf(client, { kind: 'realpath', path: p('link/new') }), at('real/new'));
    assert.equal(await pathOf(client, { kind: 'readlink', path: p('link') }), 'real');
    assert.equal(await pathOf(client, { kind: 'expand-path', path: fromText('~') }), home);
    assert.equal(await pathOf(client, { kind: 'expand-path', path: fromText('~root/x') }), '/root/x');
    assert.equal(await pathOf(client, { kind: 'home-directory', user: 'root' }), '/root');
    assert.equal(await client.code({ kind: 'home-directory', user: 'nobody-of-this-name' }), noSuchFile);
    assert.equal(await client.code({ kind: 'realpath', path: p('not/there') }), noSuchFile);
  });

  it('of links take attributes of their own', async (t) => {
    const { client, at, p } = await site(t);
    fs.writeFileSync(at('file'), '', { mode: 0o600 });
    fs.symlinkSync('file', at('link'));
    const times = { accessed: 1000, modified: 2000 };
    assert.equal(await client.code({ kind: 'lsetstat', path: p('link'), attributes: { times } }), ok);
    assert.equal(fs.lstatSync(at('link')).mtimeMs, 2_000_000);
    assert.notEqual(fs.statSync(at('file')).mtimeMs, 2_000_000);
    assert.equal(
      await client.code({ kind: 'setstat', path: p('link'), attributes: { permissions: 0o640 } }),
      ok,
    );
    assert.equal(fs.statSync(at('file')).mode & 0o777, 0o640);
  });

  it('of users and groups are told by their numbers', async (t) => {
    const { client } = await startFor(t);
    const answer = await client.ask({ kind: 'users-groups-by-id', uids: [0, 4_000_000_000], gids: [0] });
    assert.ok(answer.kind === 'extended');
    const fields = new FieldReader(answer.body);
    assert.equal(fields.bytes('users', 100).toString('latin1'), '\0\0\0\x04root\0\0\0\0');
    assert.equal(fields.bytes('groups', 100).toString('latin1'), '\0\0\0\x04root');
  });

  it('in a folder of any size are all told once', async (t) => {
    const { client, at } = await site(t);
    for (let each = 0; each < 1234; each++) fs.writeFileSync(at(`file-${each}`), '');
    const handle = await client.openFolder(at(''));
    const names: string[] = [];
    for (;;) {
      const [first, second] = await Promise.all([1, 2].map(() => client.ask({ kind: 'readdir', handle })));
      for (const answer of [first, second])
        if (answer?.kind === 'name') names.push(...answer.entries.map(({ name }) => name));
      if (second?.kind === 'status') break;
    }
    assert.deepEqual(names.slice(0, 2), ['.', '..']);
    assert.deepEqual(names.slice(2).sort(), fs.readdirSync(at('')).sort());
  });
});

describe('files', () => {
  it('are copied on the device, a part or the whole', async (t) => {
    const { client, at } = await site(t);
    const bytes = Buffer.from(Array.from({ length: 2_500_000 }, (_, index) => (index * 7) % 256));
    fs.writeFileSync(at('from'), bytes);
    const from = await client.open(at('from'));
    const to = await client.open(at('to'), write | create);
    const copy = { kind: 'copy-data', from, fromOffset: 0, length: 0, to, toOffset: 0 } as const;
    assert.equal(await client.code(copy), ok);
    assert.ok(fs.readFileSync(at('to')).equals(bytes));
    assert.equal(await client.code({ ...copy, fromOffset: 100, length: 50, toOffset: 0 }), ok);
    assert.ok(fs.readFileSync(at('to')).subarray(0, 50).equals(bytes.subarray(100, 150)));
    assert.equal(await client.code({ ...copy, to: from }), failure);
  });

  it('have all attributes that version 3 knows, and take them', async (t) => {
    const { client, at, p } = await site(t);
    fs.writeFileSync(at('file'), '12345');
    const times = { accessed: 1_000_000_000, modified: 4_000_000_000 };
    mustBeRoot();
    const owner = { uid: 1234, gid: 4321 };
    const attributes = { size: 3, permissions: 0o640, times, owner };
    assert.equal(await client.code({ kind: 'setstat', path: p('file'), attributes }), ok);
    const answer = await client.ask({ kind: 'stat', path: p('file') });
    assert.ok(answer.kind === 'attributes');
    assert.deepEqual(answer.attributes, attributes);
  });

  it('are kept on the disk by fsync, and the disk is told of by both ways', async (t) => {
    const { client, at, p } = await site(t);
    const handle = await client.open(at('file'), write | create);
    assert.equal(await client.code({ kind: 'fsync', handle }), ok);
    for (const request of [
      { kind: 'fstatvfs', handle },
      { kind: 'statvfs', path: p('file') },
    ] as const) {
      const answer = await client.ask(request);
      assert.ok(answer.kind === 'extended' && answer.body.length === 88);
      assert.equal(answer.body.readBigUInt64BE(0), BigInt(fs.statfsSync(at('file')).bsize));
    }
  });
});

it('the end of the client is the end of the worker', async (t) => {
  const { worker, client } = await startFor(t);
  await client.end();
  assert.deepEqual(await worker.exited, { code: 0, signal: null, said: '' });
});
