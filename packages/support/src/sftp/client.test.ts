import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { answerTypes, requestTypes } from '@sallyport/protocol/sftp';
import { fakeSftp, type SftpRequest, status } from '../testing/fakeSftp.ts';
import { PacketWriter } from './fields.ts';
import { SftpClient, SftpRefusal } from './index.ts';
import { entriesPerAnswer } from './limits.ts';

const clientOf = (answer: Parameters<typeof fakeSftp>[0]): Promise<SftpClient> =>
  SftpClient.open(fakeSftp(answer));
const handle = Buffer.from('h');

describe('the SFTP client', () => {
  it('joins answers to requests by their number, in whatever order they come', async () => {
    const held: SftpRequest[] = [];
    const client = await clientOf((request, say) => {
      held.push(request);
      if (held.length < 3) return;
      for (const { id, fields } of held.toReversed()) {
        fields.bytes();
        say(
          new PacketWriter()
            .u8(answerTypes.data)
            .u32(id)
            .bytes(Buffer.from(String(fields.u64()))),
        );
      }
    });
    const read = [1, 2, 3].map((offset) => client.read(handle, offset, 10));
    assert.deepEqual((await Promise.all(read)).map(String), ['1', '2', '3']);
  });
  it('tells the end of a file from a failure', async () => {
    const client = await clientOf(({ id, fields }, say) => {
      fields.bytes();
      say(fields.u64() === 0 ? status(id, 1) : status(id, 4, 'The disk \x1b[31m failed'));
    });
    assert.equal(await client.read(handle, 0, 10), undefined);
    await assert.rejects(client.read(handle, 5, 10), (error: SftpRefusal) => {
      assert.ok(error instanceof SftpRefusal);
      assert.equal(error.status, 4);
      assert.equal(error.sentence, 'The disk \ufffd[31m failed');
      return true;
    });
  });
  it('refuses more data than it asked for', async () => {
    const client = await clientOf(({ id }, say) => {
      say(new PacketWriter().u8(answerTypes.data).u32(id).bytes(Buffer.alloc(11)));
    });
    await assert.rejects(client.read(handle, 0, 10), { code: 'message-malformed' });
  });
  it('refuses more entries of a folder than fit into an answer, instead of leaving some out', async () => {
    const entry = (packet: PacketWriter) => packet.text('f').text('').attributes({});
    const client = await clientOf(({ id }, say) => {
      const page = new PacketWriter()
        .u8(answerTypes.name)
        .u32(id)
        .u32(entriesPerAnswer + 1);
      for (let n = 0; n <= entriesPerAnswer; n++) entry(page);
      say(page);
    });
    await assert.rejects(client.readFolder(handle), { code: 'message-malformed' });
  });
  it('refuses an answer of another kind than the request’s', async () => {
    const client = await clientOf(({ id }, say) => {
      say(new PacketWriter().u8(answerTypes.handle).u32(id).bytes(handle));
    });
    await assert.rejects(client.stat('/x'), { code: 'message-malformed' });
  });
  it('ends at an answer to nothing, and all that waits with it', async () => {
    const client = await clientOf((_request, say) => say(status(999_999, 0)));
    await assert.rejects(client.stat('/x'), { code: 'message-malformed' });
    await assert.rejects(client.stat('/y'), { code: 'message-malformed' });
  });
  it('ends at a packet that announces too much', async () => {
    const { PassThrough, Duplex } = await import('node:stream');
    const input = new PassThrough();
    const stream = Duplex.from({ readable: input, writable: new PassThrough().resume() });
    const opening = SftpClient.open(stream);
    input.write(Buffer.from([0x7f, 0xff, 0xff, 0xff]));
    await assert.rejects(opening, { code: 'message-too-large' });
  });
  it('tells all that waits when the session is gone', async () => {
    const stream = fakeSftp(() => {});
    const client = await SftpClient.open(stream);
    const waiting = client.stat('/x');
    stream.destroy();
    await assert.rejects(waiting, { code: 'session-closed' });
  });
  it('lists a folder page by page', async () => {
    let pages = 0;
    const client = await clientOf(({ id, type }, say) => {
      if (type === requestTypes.opendir) say(new PacketWriter().u8(answerTypes.handle).u32(id).bytes(handle));
      else if (type === requestTypes.readdir && pages < 2) {
        pages += 1;
        const page = new PacketWriter().u8(answerTypes.name).u32(id).u32(1);
        say(page.text(`file ${pages}`).text('').attributes({ permissions: 0o100600 }));
      } else say(status(id, 1));
    });
    const folder = await client.openFolder('/x');
    assert.deepEqual(await client.readFolder(folder), [
      { name: 'file 1', attributes: { permissions: 0o100600 } },
    ]);
    assert.equal((await client.readFolder(folder))?.[0]?.name, 'file 2');
    assert.equal(await client.readFolder(folder), undefined);
  });
});
