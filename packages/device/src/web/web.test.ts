import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { after, afterEach, before, describe, it } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { silentLog } from '@sallyport/protocol/environment';
import { makeWebCertificate } from '@sallyport/protocol/issue';
import { fakeClock, seededRandom, settle } from '@sallyport/protocol/testing';
import { withSpareDescriptors } from '../processes/testing.ts';
import { parseWebAddress } from './address.ts';
import { openListener } from './listener.ts';
import { type Answer, aSession, cookiesOf, exchange, password, type WebScene, webScene } from './testing.ts';

let scene: WebScene;
const session = aSession();

/** Signs alice in. @returns her cookies */
async function signIn(name = 'alice'): Promise<string> {
  const answer = await scene.ask({ method: 'POST', path: '/v1/sign-in', body: { name, password } });
  assert.equal(answer.status, 200, answer.text);
  return cookiesOf(answer);
}

describe('the pages', () => {
  before(async () => {
    scene = await webScene();
    await scene.listen();
  });
  after(() => scene.close());

  it('are one page for every path that is no file, under a nonce that is never used again', async () => {
    const nonces = new Set<string>();
    for (const path of ['/', '/remote-support', '/set-up?x=1', '/remote-support']) {
      const { status, headers, text } = await scene.ask({ path });
      assert.equal(status, 200);
      assert.equal(headers['cache-control'], 'no-store');
      const nonce = /nonce="([\w+/=]{24})"/.exec(text)?.[1] ?? '';
      assert.match(
        String(headers['content-security-policy']),
        new RegExp(`style-src 'self' 'nonce-${nonce.replaceAll('+', '\\+')}'`),
      );
      nonces.add(nonce);
    }
    assert.equal(nonces.size, 4);
  });
  it('run no script and no style that stands in a page', async () => {
    const policyOf = async (path: string): Promise<string> =>
      String((await scene.ask({ path })).headers['content-security-policy']);
    const policy = await policyOf('/');
    assert.match(await policyOf('/history/recordings/x'), /script-src 'self' 'wasm-unsafe-eval';/);
    assert.ok(policy.startsWith("default-src 'none'; script-src 'self';"));
    assert.doesNotMatch(policy, /unsafe|\*|https?:/);
    for (const rule of [
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "connect-src 'self'",
    ]) {
      assert.ok(policy.includes(rule), rule);
    }
  });
  it('bear what keeps other pages out, as every answer does, and no word of CORS', async () => {
    for (const path of ['/', '/assets/index-1.js', '/v1/me', '/v1/status', '/nothing.js']) {
      const { headers } = await scene.ask({ path });
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['referrer-policy'], 'no-referrer', path);
      assert.match(String(headers['permissions-policy']), /camera=\(\)/, path);
      assert.match(String(headers['content-security-policy']), /frame-ancestors 'none'/, path);
      assert.deepEqual(
        Object.keys(headers).filter((name) => name.startsWith('access-control')),
        [],
      );
    }
  });
  it('have files whose names change with their content kept for ever, compressed as the browser takes it', async () => {
    const path = '/assets/index-1.js';
    const get = (encodings: string) => scene.ask({ path, headers: { 'accept-encoding': encodings } });
    const plain = await get('');
    assert.deepEqual([plain.text, plain.headers['content-encoding']], ['plain', undefined]);
    assert.equal(plain.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(plain.headers['content-type'], 'text/javascript; charset=utf-8');
    for (const [encodings, text, encoding] of [
      ['gzip, deflate, br', 'by brotli', 'br'],
      ['gzip;q=0.5', 'by gzip', 'gzip'],
      ['br;q=0, gzip', 'by gzip', 'gzip'],
    ]) {
      const answer = await get(encodings ?? '');
      assert.deepEqual([answer.text, answer.headers['content-encoding']], [text, encoding]);
      assert.equal(answer.headers.vary, 'accept-encoding');
    }
    assert.equal((await scene.ask({ path: '/icon.svg' })).headers['cache-control'], 'no-store');
  });
  it('have no file that was not built, wherever a path leads', async () => {
    for (const path of [
      '/assets/nothing.js',
      '/../state.sqlite',
      '/assets/..%2f..%2fstate.sqlite',
      '/%2e%2e/state.sqlite',
      '/assets/index-1.js.br',
    ]) {
      const { status, text } = await scene.ask({ path });
      assert.ok(status === 404 || status === 400 || text.includes('csp-nonce'), `${path}: ${status}`);
      assert.doesNotMatch(text, /SQLite|by brotli/);
    }
  });
  it('are told apart from routes of the API that there are not', async () => {
    const { status, error } = await scene.ask({ path: '/v1/nothing' });
    assert.deepEqual([status, error], [404, 'not-found']);
  });
});

describe('pages that are not built', () => {
  after(() => scene.close());
  it('say what to run, and are there when it was', async () => {
    scene = await webScene({ pages: false });
    await scene.listen();
    const missing = await scene.ask({ path: '/' });
    assert.equal(missing.status, 503);
    assert.match(missing.text, /npm run build/);
    scene.buildPages();
    assert.equal((await scene.ask({ path: '/' })).status, 200);
  });
});

describe('the web interface on loopback', () => {
  before(async () => {
    scene = await webScene();
    await scene.listen();
    await scene.state.administrators.add('alice', password, 1);
  });
  after(() => scene.close());

  it('answers under the names of this device, and under no other', async () => {
    const { port } = scene.web.listening() ?? { port: 0 };
    const under = async (host: string): Promise<number | undefined> =>
      (await scene.ask({ path: '/', headers: { host, origin: '' } })).status;
    assert.equal(await under(`127.0.0.1:${port}`), 200);
    assert.equal(await under(`localhost:${port}`), 200);
    assert.equal(await under(`attacker.example:${port}`), 421);
    assert.equal(await under('127.0.0.1'), 421);
  });
  it('tells nobody but who is signed in', async () => {
    for (const path of [
      '/v1/status',
      '/v1/audit',
      '/v1/administrators',
      '/v1/events',
      '/v1/grant/password',
    ]) {
      const { status, error } = await scene.ask({ path });
      assert.deepEqual([status, error], [401, 'sign-in-needed'], path);
    }
    const cookie = await signIn();
    assert.equal((await scene.ask({ path: '/v1/status', headers: { cookie } })).status, 200);
  });
  it('says who is signed in, and whether there is anybody who could', async () => {
    const nobody = (await scene.ask({ path: '/v1/me' })).json();
    assert.deepEqual([nobody['me'], nobody['setUp']], [null, true]);
    const cookie = await signIn();
    assert.deepEqual((await scene.ask({ path: '/v1/me', headers: { cookie } })).json()['me'], {
      name: 'alice',
      kind: 'administrator',
      mayConsent: true,
      totp: false,
    });
  });
  it('gives cookies that no script reads, no other site sends, and no other host sets', async () => {
    const answer = await scene.ask({
      method: 'POST',
      path: '/v1/sign-in',
      body: { name: 'alice', password },
    });
    const cookies = answer.headers['set-cookie'] ?? [];
    assert.equal(cookies.length, 2);
    for (const cookie of cookies) {
      assert.match(cookie, /^__Host-[\w-]+=[\w-]{43};/);
      for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) {
        assert.ok(cookie.includes(`; ${attribute}`), `${cookie}: ${attribute}`);
      }
      assert.doesNotMatch(cookie, /Domain/i);
    }
    assert.doesNotMatch(cookies[0] ?? '', /Max-Age|Expires/);
  });
  it('ends a sign-in by sign-out: its cookie is forgotten, and worth nothing', async () => {
    const cookie = await signIn();
    const out = await scene.ask({ method: 'POST', path: '/v1/sign-out', headers: { cookie } });
    assert.match(String(out.headers['set-cookie']), /^__Host-sallyport=; Max-Age=0;/);
    assert.equal((await scene.ask({ path: '/v1/status', headers: { cookie } })).error, 'sign-in-needed');
  });
  it('takes no sign-in from a page of another origin', async () => {
    const sign = (headers: Record<string, string>) =>
      scene.ask({ method: 'POST', path: '/v1/sign-in', body: { name: 'alice', password }, headers });
    assert.equal((await sign({ origin: 'http://evil.example' })).error, 'origin-refused');
    assert.equal((await sign({ origin: '' })).error, 'origin-refused');
    assert.equal((await sign({ 'sec-fetch-site': 'same-site' })).error, 'origin-refused');
  });
  it('closes a stream of events with the sign-in that opened it', async () => {
    const cookie = await signIn();
    const { address, port } = scene.web.listening() ?? { address: '', port: 0 };
    const socket = connect(port, address);
    socket.write(`GET /v1/events HTTP/1.1\r\nHost: ${address}:${port}\r\nCookie: ${cookie}\r\n\r\n`);
    const [first] = (await once(socket, 'data')) as [Buffer];
    assert.match(String(first), /^HTTP\/1\.1 200 OK[\s\S]*nosniff[\s\S]*event: snapshot/i);
    const closed = once(socket, 'close');
    await scene.ask({ method: 'POST', path: '/v1/sign-out', headers: { cookie } });
    socket.resume();
    await closed;
  });
  it('makes the first administrator by the code that was printed', async () => {
    scene.state.administrators.remove('alice');
    const code = scene.subject.signIn.setUp.code;
    const setUp = (body: object): Promise<Answer> => scene.ask({ method: 'POST', path: '/v1/set-up', body });
    assert.equal((await setUp({ code: 'x'.repeat(22), name: 'alice', password })).error, 'set-up-code-wrong');
    assert.equal((await setUp({ code, name: 'alice', password: 'password1234' })).error, 'password-common');
    const made = await setUp({ code, name: 'alice', password });
    assert.equal(made.status, 200);
    assert.equal((await scene.ask({ path: '/v1/status', headers: { cookie: cookiesOf(made) } })).status, 200);
    assert.equal((await setUp({ code, name: 'bob', password })).error, 'set-up-done');
  });
  it('answers no program of a session, which bears no mark: nothing of their user', async () => {
    const user = 65_534;
    const other = await webScene({ sessionsUser: user });
    const { port } = await other.listen();
    const script = `
      const socket = require('node:net').connect(${port}, '127.0.0.1');
      socket.write('GET /v1/me HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nConnection: close\\r\\n\\r\\n');
      let heard = '';
      socket.on('data', (chunk) => { heard += chunk; });
      socket.on('error', () => {});
      socket.on('close', () => console.log('heard=' + heard.slice(0, 12)));`;
    const heardBy = async (uid: number): Promise<string> => {
      const child = spawn(process.execPath, ['-e', script], { uid, gid: uid, cwd: '/' });
      const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
      return String(chunk).trim();
    };
    assert.equal(await heardBy(user), 'heard=');
    assert.equal(await heardBy(0), 'heard=HTTP/1.1 200');
    await other.close();
  });
  it('gives one address no more than its share of the connections', async () => {
    const { port } = scene.web.listening() ?? { port: 0 };
    const held = await Promise.all(
      Array.from({ length: 48 }, async () => {
        const socket = connect(port, '127.0.0.1').on('error', () => {});
        await once(socket, 'connect');
        return socket;
      }),
    );
    const one = connect({ port, host: '127.0.0.1' }).on('error', () => {});
    await once(one.resume(), 'close');
    const other = connect({ port, host: '127.0.0.1', localAddress: '127.0.0.2' });
    other.write(`GET /v1/me HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    assert.match(String((await once(other, 'data'))[0]), /^HTTP\/1\.1 200/);
    for (const socket of [...held, other]) socket.destroy();
  });
  it('hangs up on who comes when there is no descriptor to see who it is, and takes the next', async () => {
    const other = await webScene({ sessionsUser: 65_534 });
    const { port } = await other.listen();
    // One for each end of the connection.
    await withSpareDescriptors(2, async () => {
      const socket = connect(port, '127.0.0.1').on('error', () => {});
      await once(socket.resume(), 'close');
    });
    assert.equal((await other.ask({ path: '/v1/me' })).status, 200);
    await other.close();
  });
  it('says which address it cannot listen on', async () => {
    const other = await webScene();
    const [taken] = scene.web.listeners();
    assert.ok(taken);
    await assert.rejects(other.listen(taken), { code: 'address-in-use' });
    await other.close();
  });
});

const elsewhere = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

describe('the web interface elsewhere than on loopback', () => {
  afterEach(() => scene.close());

  /** One request over TLS. */
  async function askTls(
    { address, port }: { address: string; port: number },
    headers: Record<string, string> = {},
    options: object = {},
  ): Promise<Answer & { fingerprint: string | undefined }> {
    const socket = tlsConnect({ host: address, port, rejectUnauthorized: false, ...options });
    await once(socket, 'secureConnect');
    const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;
    const host = `${address}:${port}`;
    return { ...(await exchange(socket, { path: '/v1/me', headers: { host, ...headers } })), fingerprint };
  }
  const everywhere = { address: '0.0.0.0', port: 0 };

  it('speaks TLS 1.3 alone, with a certificate whose fingerprint it tells, and has browsers insist on it', async () => {
    scene = await webScene();
    const { port, fingerprint, url } = await scene.listen(everywhere);
    assert.match(url, /^https:/);
    const answer = await askTls({ address: elsewhere ?? '127.0.0.1', port });
    assert.equal(answer.status, 200);
    assert.equal(answer.fingerprint, fingerprint);
    assert.match(String(answer.headers['strict-transport-security']), /^max-age=\d{8}/);
    const old = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' });
    await assert.rejects(once(old, 'secureConnect'));
  });
  it('knows where somebody comes from who signs in', async () => {
    scene = await webScene();
    await scene.state.administrators.add('alice', password, 1);
    const { port } = await scene.listen(everywhere);
    const plain = connect({ host: '127.0.0.1', port, localAddress: '127.0.0.9' });
    const socket = tlsConnect({ socket: plain, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const host = `127.0.0.1:${port}`;
    const answer = await exchange(socket, {
      method: 'POST',
      path: '/v1/sign-in',
      body: { name: 'alice', password },
      headers: { host, origin: `https://${host}` },
    });
    assert.equal(answer.status, 200);
    assert.equal(scene.subject.signIn.accounts.tries('alice')[0]?.address, '127.0.0.9');
  });
  it('answers nobody without TLS', async () => {
    scene = await webScene();
    const { port } = await scene.listen(everywhere);
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.on('data', (chunk) => (heard += chunk));
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    socket.on('error', () => {});
    await once(socket, 'close');
    assert.doesNotMatch(heard, /HTTP/);
  });
  it('answers under its names and addresses, and under no other; only https is its origin', async () => {
    scene = await webScene();
    const { port } = await scene.listen(everywhere, {
      own: (name) => join(scene.folder, name),
      names: ['press-7.example'],
    });
    const status = async (headers: Record<string, string>): Promise<number | undefined> =>
      (await askTls({ address: '127.0.0.1', port }, headers)).status;
    assert.equal(await status({ host: `press-7.example:${port}` }), 200);
    assert.equal(await status({ host: `${elsewhere}:${port}` }), 200);
    assert.equal(await status({ host: `attacker.example:${port}` }), 421);
    const host = `press-7.example:${port}`;
    assert.equal(await status({ host, origin: `https://${host}` }), 200);
    assert.equal(await status({ host, origin: `http://${host}` }), 403);
  });
  it('keeps its certificate across starts, and makes another for another name', async () => {
    scene = await webScene();
    const own = (name: string): string => join(scene.folder, name);
    const first = (await scene.listen(everywhere, { own, names: [] })).fingerprint;
    const again = await webScene();
    assert.equal((await again.listen(everywhere, { own, names: [] })).fingerprint, first);
    await again.close();
    const renamed = await webScene();
    const other = (await renamed.listen(everywhere, { own, names: ['other.example'] })).fingerprint;
    assert.notEqual(other, first);
    await renamed.close();
  });
  it('shows the certificate that was supplied, and the one that took its place, without a start', async () => {
    const clock = fakeClock(Date.now());
    scene = await webScene({ clock });
    const [certificate, key] = [join(scene.folder, 'site.crt'), join(scene.folder, 'site.key')];
    const supply = async (seed: number): Promise<void> => {
      const made = await makeWebCertificate({
        names: ['press-7.example'],
        now: clock.wallMs(),
        random: seededRandom(seed),
      });
      writeFileSync(certificate, made.certificate);
      writeFileSync(key, made.key);
    };
    await supply(1);
    const { port, fingerprint } = await scene.listen(everywhere, { certificate, key });
    await supply(2);
    const now = async (): Promise<string | undefined> =>
      (await askTls({ address: '127.0.0.1', port }, { host: `press-7.example:${port}` })).fingerprint;
    assert.equal(await now(), fingerprint);
    await clock.advance(60_000);
    assert.notEqual(await now(), fingerprint);

    // One that ends while it looks for a newer one looks no more.
    const alone = fakeClock(Date.now());
    const meanwhile = (ms: number, run: () => void) =>
      alone.after(ms, () => {
        run();
        void listener.stop();
      });
    const environment = { clock: { ...alone, after: meanwhile }, log: silentLog, random: seededRandom(3) };
    const listener = await openListener(everywhere, { certificate, key }, { ...environment, take: () => {} });
    await alone.advance(60_000);
    await settle();
    assert.equal(alone.pending(), 0);
  });
  it('refuses files that are no certificate, or no pair', async () => {
    scene = await webScene();
    const file = (name: string): string => join(scene.folder, name);
    const [one, other] = await Promise.all(
      [1, 2].map((seed) => makeWebCertificate({ names: ['a'], now: Date.now(), random: seededRandom(seed) })),
    );
    writeFileSync(file('one.crt'), one?.certificate ?? '');
    writeFileSync(file('one.key'), one?.key ?? '');
    writeFileSync(file('other.key'), other?.key ?? '');
    for (const [certificate, key] of [
      ['missing.crt', 'one.key'],
      ['one.crt', 'other.key'],
      ['one.key', 'one.key'],
      ['one.crt', 'one.crt'],
    ]) {
      const source = { certificate: file(certificate ?? ''), key: file(key ?? '') };
      await assert.rejects(scene.listen(everywhere, source), { code: 'web-certificate-invalid' });
    }
  });
  it('hangs up on who does not come to the end of a request', async () => {
    scene = await webScene({ headersMs: 200 });
    const { port } = await scene.listen(everywhere);
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.resume().write('GET / HTTP/1.1\r\n');
    socket.on('error', () => {});
    await once(socket, 'close');
  });
});

describe('the address of the web interface', () => {
  for (const [text, address, port] of [
    ['localhost:8080', '127.0.0.1', 8080],
    ['[::1]:8080', '::1', 8080],
    ['0.0.0.0:443', '0.0.0.0', 443],
    ['[::]:443', '::', 443],
    ['192.0.2.7:8443', '192.0.2.7', 8443],
  ] as const) {
    it(`may be ${text}`, () => assert.deepEqual(parseWebAddress(text), { address, port }));
  }
  for (const text of [
    '8080',
    'localhost',
    '127.0.0.1:99999',
    '127.1.1.999:80',
    'press-7:443',
    '::1:80',
    '[x]:80',
  ]) {
    it(`may not be ${text}`, () => {
      assert.throws(() => parseWebAddress(text), { code: 'web-address-malformed' });
    });
  }
});

describe('whoever comes through a session', () => {
  before(async () => {
    scene = await webScene({ openGrant: true });
    await scene.state.administrators.add('alice', password, 1);
  });
  after(() => scene.close());
  const me = async (headers: Record<string, string> = {}): Promise<Record<string, unknown>> =>
    (await scene.askThrough(session, { path: '/v1/me', headers })).json()['me'] as never;

  it('gets the same page, under whatever name their own computer gives the device', async () => {
    const page = await scene.askThrough(session, { path: '/remote-support' });
    assert.equal(page.status, 200);
    assert.match(page.text, /csp-nonce/);
  });
  it('is signed in as a temporary administrator in their own name, while the grant lasts', async () => {
    const { until, ...rest } = await me();
    assert.deepEqual(rest, {
      name: 'erin@maker.example',
      kind: 'representative',
      mayConsent: false,
      totp: false,
      through: 'erin@maker.example',
    });
    assert.ok(Math.abs(Date.parse(String(until)) - Date.now() - 3_600_000) < 60_000);
    assert.equal((await scene.askThrough(session, { path: '/v1/status' })).status, 200);
  });
  it('is nobody when the session may not any more', async () => {
    const over = aSession({ allowed: () => false });
    assert.equal((await scene.askThrough(over, { path: '/v1/status' })).error, 'sign-in-needed');
  });
  it('stays who they are under any real account', async () => {
    const signedIn = await scene.askThrough(session, {
      method: 'POST',
      path: '/v1/sign-in',
      body: { name: 'alice', password },
    });
    assert.equal(signedIn.status, 200);
    const cookie = cookiesOf(signedIn);
    assert.deepEqual(await me({ cookie }), {
      name: 'alice',
      kind: 'administrator',
      mayConsent: false,
      totp: false,
      through: 'erin@maker.example',
    });
    const ended = await scene.askThrough(session, {
      method: 'DELETE',
      path: '/v1/grant',
      headers: { cookie },
    });
    assert.equal(ended.error, 'consent-read-only');
    scene.subject.journal.flush();
    const entries = scene.state.audit.list(10);
    const refused = entries.find(({ event }) => event === 'request-refused-1');
    assert.deepEqual(
      [refused?.fields['name'], refused?.fields['representative'], refused?.fields['route']],
      ['alice', 'erin@maker.example', 'DELETE /v1/grant'],
    );
    assert.equal(
      entries.find(({ event }) => event === 'signed-in-1')?.fields['representative'],
      'erin@maker.example',
    );
  });
  it('takes no place at the live state from people on site', async () => {
    await scene.listen();
    const own = await scene.ask({ method: 'POST', path: '/v1/sign-in', body: { name: 'alice', password } });
    const follow = (connection: Duplex, host: string, cookie = ''): Promise<string> => {
      connection.on('error', () => {});
      connection.write(`GET /v1/events HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookie}\r\n\r\n`);
      return once(connection, 'data').then(([chunk]) => String(chunk).slice(0, 12));
    };
    const answers: string[] = [];
    for (let n = 0; n < 40; n += 1) {
      answers.push(await follow(scene.web.connect(n < 20 ? session : aSession()), 'd1'));
    }
    assert.equal(answers.filter((answer) => answer === 'HTTP/1.1 200').length, 12);
    assert.equal(answers.filter((answer) => answer === 'HTTP/1.1 429').length, 28);
    const { address, port } = scene.web.listening() ?? { address: '', port: 0 };
    const onSite = connect(port, address);
    assert.equal(await follow(onSite, `${address}:${port}`, cookiesOf(own)), 'HTTP/1.1 200');
    onSite.destroy();
  });
  it('is in the audit log under their own name', async () => {
    await me();
    scene.subject.journal.flush();
    const found = scene.state.audit
      .list(200)
      .find(({ event, fields }) => event === 'signed-in-1' && fields['kind'] === 'representative');
    assert.equal(found?.fields['name'], 'erin@maker.example');
  });
});
