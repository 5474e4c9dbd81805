import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { performServerHandshake, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import { describe, it } from 'node:test';
import { fail, toWireError } from '@sallyport/protocol/errors';
import { streamPair } from '@sallyport/protocol/testing';
import { type Channels, openChannels } from './channels.ts';

/** The device's end of HTTP/2, answering as a test wants. */
function open(answer: (channel: ServerHttp2Stream, name: string) => void): {
  channels: Channels;
  http2: ServerHttp2Session;
} {
  const { a, b } = streamPair();
  const http2 = performServerHandshake(b, {});
  http2.on('error', () => {});
  http2.on('stream', (channel, headers) => {
    channel.on('error', () => {});
    answer(channel, headers[':authority'] ?? '');
  });
  return { channels: openChannels(a), http2 };
}

describe('the channels of a session', () => {
  it('carry bytes both ways, and each end of them', async () => {
    const { channels } = open((channel) => {
      channel.respond({ ':status': 200 });
      channel.pipe(channel);
    });
    const channel = await channels.open('ssh');
    channel.end('hello');
    const [heard] = await once(channel.setEncoding('utf8'), 'data');
    assert.equal(heard, 'hello');
    await once(channel, 'end');
    channels.close();
  });
  it('send a request of node:http as it is, with a body that ends at once', async () => {
    const { channels } = open((channel) => {
      channel.respond({ ':status': 200 });
      let heard = '';
      channel.on('data', (chunk: Buffer) => {
        heard += chunk.toString('latin1');
        if (!heard.endsWith('the body')) return;
        const answer = heard.startsWith('POST /somewhere HTTP/1.1\r\n') ? 'whole' : 'other';
        channel.end(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${answer}`);
      });
    });
    for (let n = 0; n < 20; n += 1) {
      const channel = await channels.open('web');
      const asked = request({
        createConnection: () => channel,
        method: 'POST',
        path: '/somewhere',
        headers: { host: 'd1', 'content-length': 8, 'user-agent': 'x'.repeat(200) },
      });
      asked.write('the body');
      asked.end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      let text = '';
      for await (const chunk of answer) text += String(chunk);
      assert.equal(text, 'whole');
    }
    channels.close();
  });
  it('are asked for by name', async () => {
    const names: string[] = [];
    const { channels } = open((channel, name) => {
      names.push(name);
      channel.respond({ ':status': 200 });
    });
    await channels.open('ssh');
    await channels.open('[::1]:80');
    assert.deepEqual(names, ['ssh', '[::1]:80']);
    channels.close();
  });
  it('that are refused tell why, as the device’s decision', async () => {
    const { channels } = open((channel) => {
      const error = fail('channel-unreachable', { details: { target: 'a:1', reason: 'x' } });
      channel.respond({ ':status': error.row.http });
      channel.end(JSON.stringify(toWireError(error)));
    });
    await assert.rejects(channels.open('a:1'), { code: 'channel-unreachable', leg: 'device' });
    channels.close();
  });
  it('that are refused without a word we know are malformed', async () => {
    const { channels } = open((channel) => {
      channel.respond({ ':status': 500 });
      channel.end('<html>');
    });
    await assert.rejects(channels.open('web'), { code: 'message-malformed' });
    channels.close();
  });
  it('that are refused at length are not listened to', async () => {
    const { channels } = open((channel) => {
      channel.respond({ ':status': 500 });
      channel.end('x'.repeat(100_000));
    });
    await assert.rejects(channels.open('web'), { code: 'message-too-large' });
    channels.close();
  });
  it('that wait when the session ends are told', async () => {
    const { channels, http2 } = open(() => http2.destroy());
    await assert.rejects(channels.open('web'), { code: 'session-closed' });
    await assert.rejects(channels.open('web'), { code: 'session-closed' });
  });
});
