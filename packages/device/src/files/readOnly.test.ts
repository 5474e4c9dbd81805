import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { fromText } from './bytePath.ts';
import type { HandleName } from './request.ts';
import { openFlags, statusCodes } from './sftp.ts';
import type { Asked } from './testing.ts';
import { run, scratch, serverCommand, startFor } from './testWorker.ts';

/* A session with the scope files:read. */

type Paths = { file: string; folder: string; fresh: string; handle: HandleName };

const changes: { readonly [what: string]: (paths: Paths) => Asked } = {
  ...Object.fromEntries(
    Object.entries({
      'open to write': openFlags.write,
      'open to read and write': openFlags.read | openFlags.write,
      'open to append': openFlags.append,
      'open to empty': openFlags.read | openFlags.truncate,
      'open to create': openFlags.read | openFlags.create,
      'open exclusively': openFlags.read | openFlags.exclusive,
    }).map(([what, flags]) => [
      what,
      ({ file }: Paths): Asked => ({ kind: 'open', path: fromText(file), flags, attributes: {} }),
    ]),
  ),
  'create a file': ({ fresh }) => ({
    kind: 'open',
    path: fromText(fresh),
    flags: openFlags.write | openFlags.create,
    attributes: {},
  }),
  'set attributes': ({ file }) => ({
    kind: 'setstat',
    path: fromText(file),
    attributes: { permissions: 0o777 },
  }),
  'set a size': ({ file }) => ({ kind: 'setstat', path: fromText(file), attributes: { size: 0 } }),
  'set attributes of an open file': ({ handle }) => ({
    kind: 'fsetstat',
    handle,
    attributes: { permissions: 0o777 },
  }),
  'set attributes of a name': ({ file }) => ({
    kind: 'lsetstat',
    path: fromText(file),
    attributes: { times: { accessed: 1, modified: 1 } },
  }),
  'write through an open file': ({ handle }) => ({
    kind: 'write',
    handle,
    offset: 0,
    data: Buffer.from('x'),
  }),
  'copy on the device': ({ handle }) => ({
    kind: 'copy-data',
    from: handle,
    fromOffset: 0,
    length: 0,
    to: handle,
    toOffset: 0,
  }),
  'make a folder': ({ fresh }) => ({ kind: 'mkdir', path: fromText(fresh), attributes: {} }),
  'remove a folder': ({ folder }) => ({ kind: 'rmdir', path: fromText(folder) }),
  'remove a file': ({ file }) => ({ kind: 'remove', path: fromText(file) }),
  rename: ({ file, fresh }) => ({ kind: 'rename', from: fromText(file), to: fromText(fresh) }),
  'rename over': ({ file, fresh }) => ({ kind: 'posix-rename', from: fromText(file), to: fromText(fresh) }),
  'make a hard link': ({ file, fresh }) => ({ kind: 'hardlink', from: fromText(file), to: fromText(fresh) }),
  'make a symbolic link': ({ file, fresh }) => ({
    kind: 'symlink',
    target: fromText(file),
    path: fromText(fresh),
  }),
};

function filled(t: TestContext): { folder: string; at(name: string): string } {
  const folder = scratch(t);
  fs.mkdirSync(path.join(folder, 'folder'));
  fs.writeFileSync(path.join(folder, 'file'), 'as it was');
  return { folder, at: (name) => path.join(folder, name) };
}

describe('with files:read alone', () => {
  for (const [what, request] of Object.entries(changes))
    it(`it is refused to ${what}, with a sentence, and nothing changes`, async (t) => {
      const { at } = filled(t);
      const { client } = await startFor(t, { write: false });
      const handle = await client.open(at('file'));
      const before = fs.statSync(at('file'));
      const answer = await client.ask(
        request({ file: at('file'), folder: at('folder'), fresh: at('fresh'), handle }),
      );
      assert.ok(answer.kind === 'status');
      assert.equal(answer.code, statusCodes.permissionDenied);
      assert.match(answer.sentence, /^[A-Z].*\.$/);
      const now = fs.statSync(at('file'));
      assert.deepEqual([now.mode, now.mtimeMs, now.nlink], [before.mode, before.mtimeMs, before.nlink]);
      assert.equal(fs.readFileSync(at('file'), 'utf8'), 'as it was');
      assert.deepEqual(fs.readdirSync(at('')).sort(), ['file', 'folder']);
    });

  it('stock sftp reads and lists, and says that the rest is not permitted', async (t) => {
    const { folder, at } = filled(t);
    const server = serverCommand(folder, { write: false });
    const sftp = (command: string): ReturnType<typeof run> =>
      run('sftp', ['-q', '-b', '-', '-D', server], `${command}\n`);
    assert.equal((await sftp(`get ${at('file')} ${at('got')}`)).code, 0);
    assert.match((await sftp(`ls ${at('')}`)).out, /folder/);
    const put = await sftp(`put ${at('got')} ${at('put')}`);
    assert.equal(put.code, 1);
    assert.match(put.out, /Permission denied/);
    assert.ok(!fs.existsSync(at('put')));
  });
});
