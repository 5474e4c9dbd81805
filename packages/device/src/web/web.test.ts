import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, describe, it } from 'node:test';
import type { Status } from '../agent/index.ts';
import { sessionOf } from '../api/index.ts';
import type { ChannelSession } from '../channels/index.ts';
import { statusPage } from './page.ts';
import { makeWebInterface, parseWebAddress } from './server.ts';

const status: Status = {
  state: 'open',
  grant: 'a'.repeat(32),
  port: 40_123,
  otp: 'live',
  endsAt: '2027-01-01T00:00:00.000Z',
  leftMs: 1_000,
  scopes: ['web'],
  approval: false,
  problem: null,
  notices: [],
  tunnel: 'up',
  relay: { host: 'relay.example', device: 'd-1' },
  sessions: [],
  waiting: [],
  paired: [],
  failures: [],
};
const session = { representative: 'erin@maker.example' } as ChannelSession;
const web = makeWebInterface(() => status);
after(() => web.close());

async function get(port: number, host: string): Promise<number | undefined> {
  const asked = request({ port, host: '127.0.0.1', headers: { host } }).end();
  const [answer] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
  answer.resume();
  return answer.statusCode;
}

describe('the page of status', () => {
  it('shows foreign text as text', () => {
    const evil = { ...status, reference: 'x', scopes: ['<script>alert(1)</script>\u202e'] };
    const page = statusPage(evil);
    assert.ok(!page.includes('<script'));
    assert.ok(page.includes('&lt;script&gt;alert(1)&lt;/script&gt;\ufffd'));
  });

  it('has no script, and may load none', () => {
    assert.ok(!/<script|javascript:|\son\w+=/i.test(statusPage(status)));
  });

  it('says who is in, and since when, as people read it', () => {
    const one = {
      id: 'a',
      representative: 'erin@maker.example',
      key: 'e'.repeat(64),
      state: 'live' as const,
      since: '2027-01-01T00:00:00.000Z',
      channels: [],
    };
    assert.match(
      statusPage({ ...status, sessions: [one] }),
      /erin@maker\.example, live since 2027-01-01 00:00 UTC/,
    );
  });
});

describe('the web interface', () => {
  it('answers under the names of this device, and under no other', async () => {
    const { port } = await web.listen({ address: '127.0.0.1', port: 0 });
    assert.equal(await get(port, `127.0.0.1:${port}`), 200);
    assert.equal(await get(port, `localhost:${port}`), 200);
    assert.equal(await get(port, `attacker.example:${port}`), 421);
    assert.equal(await get(port, '127.0.0.1'), 421);
    assert.deepEqual(web.listeners(), [{ address: '127.0.0.1', port }]);
  });

  it('serves a session under whatever name, over a connection that bears its mark', async () => {
    const channel = web.connect(session);
    channel.write('GET / HTTP/1.1\r\nHost: d-1.localhost:1234\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of channel) text += String(chunk);
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.match(text, /content-security-policy: default-src 'none'/i);
    assert.equal(sessionOf(channel), undefined);
  });

  it('says which address it cannot listen on', async () => {
    const [taken] = web.listeners();
    assert.ok(taken);
    const other = makeWebInterface(() => status);
    await assert.rejects(other.listen(taken), { code: 'address-in-use' });
  });

  for (const address of [
    '0.0.0.0:8080',
    '192.0.2.1:8080',
    '[::]:8080',
    '8080',
    'localhost',
    '127.0.0.1:99999',
    '127.1.1.999:80',
  ]) {
    it(`does not listen on ${address} without TLS`, () => {
      assert.throws(() => parseWebAddress(address), { code: 'web-needs-tls' });
    });
  }

  it('listens on loopback', () => {
    assert.deepEqual(parseWebAddress('localhost:8080'), { address: '127.0.0.1', port: 8080 });
    assert.deepEqual(parseWebAddress('[::1]:8080'), { address: '::1', port: 8080 });
  });
});
