import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { decodeToken } from '@sallyport/protocol/enrolment';
import { SallyportError } from '@sallyport/protocol/errors';
import { z } from 'zod';
import { closed } from '../testing/closed.ts';
import { dialBack, grantTerms, knock, openGrantOn, openSession } from '../testing/device.ts';
import { join, type Person } from '../testing/people.ts';
import { emptyFolder, type RelayProcess, runRelay, serveRelay } from '../testing/process.ts';
import { ask, dial } from '../testing/relay.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('a relay that runs as a process', () => {
  const folder = emptyFolder();
  const data = folder.path;
  let relay: RelayProcess;
  let device: Person;
  let erin: Person;

  async function invite(name: string, ...options: string[]): Promise<Person & { certificate: string }> {
    const { stdout, code, stderr } = await runRelay(
      'representative',
      'invite',
      name,
      '--data',
      data,
      '--json',
      ...options,
    );
    assert.equal(code, 0, stderr);
    const { secret, ports } = decodeToken((JSON.parse(stdout) as { invite: string }).invite);
    assert.deepEqual(ports, [relay.port], 'an invitation carries the port on which the relay listens');
    return join(relay, '/v1/logins', secret);
  }

  before(async () => {
    const made = await runRelay('init', '--data', data, '--name', 'localhost', '--listen', '127.0.0.1:0');
    assert.equal(made.code, 0, made.stderr);
    relay = await serveRelay(data);
    const token = await runRelay('device', 'token', '--data', data);
    device = await join(relay, '/v1/enrolments', decodeToken(token.stdout).secret);
    erin = await invite('erin@maker.example');
  });
  after(async () => {
    await relay.end('SIGKILL');
    folder.remove();
  });

  it('passes on what both halves say in one piece with their upgrade, byte for byte, and reads none of it', async () => {
    // A device of its own: each may open so many grants in an hour.
    const { secret } = decodeToken((await runRelay('device', 'token', '--data', data)).stdout);
    const own = await join(relay, '/v1/enrolments', secret);
    const { tunnel, opened } = await openGrantOn(relay, own);
    // A request as it would be answered, if anybody took it for one; and more than waits at the relay.
    const early = (name: string): Buffer =>
      Buffer.concat([
        Buffer.from(`GET /v1/whoami?${name} HTTP/1.1\r\nHost: localhost\r\n\r\n`),
        Buffer.alloc(3 * 65_536, `${name} said this early; `),
      ]);
    const halfOf = async (who: Person, path: string, said: Buffer) => {
      const stream = await dial(relay, who.identity);
      const ask = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: sallyport-session\r\n\r\n`;
      stream.write(Buffer.concat([Buffer.from(ask), said]));
      return stream;
    };
    const heardOn = async (stream: Duplex, bytes: number): Promise<Buffer> => {
      const chunks: Buffer[] = [];
      let answer = -1;
      for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        const all = Buffer.concat(chunks);
        answer = all.indexOf('\r\n\r\n');
        if (answer < 0 || all.length < answer + 4 + bytes) continue;
        assert.match(all.subarray(0, answer).toString(), /^HTTP\/1\.1 101 /);
        return all.subarray(answer + 4);
      }
      throw new Error(`it ended after ${Buffer.concat(chunks).length} bytes`);
    };
    const [fromNear, fromFar] = [early('near'), early('far')];
    const near = await halfOf(erin, `/v1/grants/${opened.port}/session`, fromNear);
    const { ticket } = await tunnel.next('knock');
    const far = await halfOf(own, `/v1/sessions/${ticket}`, fromFar);
    const [atNear, atFar] = await Promise.all([heardOn(near, fromFar.length), heardOn(far, fromNear.length)]);
    assert.ok(atNear.equals(fromFar));
    assert.ok(atFar.equals(fromNear));
    near.destroy();
    await closed(far);
    tunnel.socket.terminate();
  });

  it('cuts what is live of a representative within a second after another process revoked them', async () => {
    const mallory = await invite('mallory');
    const { tunnel, opened } = await openGrantOn(relay, device);
    const parties = { tunnel, port: opened.port, device };
    const good = await openSession(relay, { ...parties, representative: erin });
    const bad = await openSession(relay, { ...parties, representative: mallory });
    const waiting = knock(relay, mallory, opened.port);
    waiting.catch(() => {});
    await tunnel.next('knock');
    let cutAt = 0;
    const cut = Promise.all([closed(bad.near), closed(bad.far)]).then(() => {
      cutAt = performance.now();
    });
    const { code } = await runRelay(
      'representative',
      'revoke',
      'mallory',
      '--data',
      data,
      '--reason',
      'left',
    );
    const doneAt = performance.now();
    assert.equal(code, 0);
    await cut;
    assert.ok(cutAt - doneAt < 1_000, `cut after ${cutAt - doneAt} ms`);
    const told = await tunnel.next('revoked');
    assert.deepEqual([told.representative, told.reason], ['mallory', 'left']);
    await assert.rejects(waiting, withCode('identity-revoked'));
    good.near.write('still here');
    assert.equal(String((await once(good.far, 'data'))[0]), 'still here');
    good.near.destroy();
    tunnel.socket.close();
  });

  it('tells a device the keys that were revoked before it came, and whose they were', async () => {
    const { tunnel, opened } = await openGrantOn(relay, device);
    const [key = ''] = opened.revoked;
    assert.deepEqual(opened.revocations, [{ key, representative: 'mallory', reason: 'left' }]);
    tunnel.socket.close();
  });

  it('cuts what is live within a second after a reset, takes the new key alone, and keeps both in the list', async () => {
    const before = await invite('lena@maker.example');
    const { tunnel, opened } = await openGrantOn(relay, device);
    const parties = { tunnel, port: opened.port, device, representative: before };
    const { near } = await openSession(relay, parties);
    const cut = closed(near).then(() => performance.now());
    const made = await runRelay('representative', 'reset', 'lena@maker.example', '--data', data, '--json');
    const doneAt = performance.now();
    const took = (await cut) - doneAt;
    assert.ok(took < 1_000, `cut after ${took} ms`);
    const told = await tunnel.next('revoked');
    assert.deepEqual([told.representative, told.reason], ['lena@maker.example', 'reset']);
    await assert.rejects(knock(relay, before, opened.port), withCode('identity-revoked'));
    const { secret } = decodeToken((JSON.parse(made.stdout) as { invite: string }).invite);
    const again = await join(relay, '/v1/logins', secret);
    const session = await openSession(relay, { ...parties, representative: again });
    session.near.destroy();
    tunnel.socket.close();
    const ran = await runRelay('representative', 'list', 'lena@maker.example', '--data', data, '--json');
    const listed = JSON.parse(ran.stdout) as { key: string; seenAt: string; keys: object[] };
    const [newer, older] = listed.keys as { key: string; endedAt: string | null; reason: string }[];
    assert.deepEqual([newer?.key, newer?.endedAt], [listed.key, null]);
    assert.deepEqual([older?.key, older?.reason], [told.key, 'reset']);
    assert.ok(Date.parse(listed.seenAt) > 0);
    const table = (await runRelay('representative', 'list', '--data', data)).stdout;
    assert.match(table, /^REPRESENTATIVE +ROLE +STATE +KEY +LAST SEEN +LAST RENEWED +UNTIL +KEY IN WORDS$/m);
    assert.match(table, new RegExp(`^lena@maker.example +support +active +${listed.key.slice(0, 16)} `, 'm'));
  });

  it('ends a representative at the moment until which they were invited', async () => {
    const until = new Date(Date.now() + 3_000).toISOString();
    const omar = await invite('omar@partner.example', '--until', until);
    const expires = new X509Certificate(omar.certificate).validToDate.getTime();
    assert.ok(expires <= Date.parse(until), 'the certificate goes no further');
    const { tunnel, opened } = await openGrantOn(relay, device);
    const parties = { tunnel, port: opened.port, device, representative: omar };
    const { near } = await openSession(relay, parties);
    await closed(near);
    const late = Date.now() - Date.parse(until);
    assert.ok(late >= 0 && late < 1_000, `cut ${late} ms after the end`);
    assert.equal((await tunnel.next('revoked')).reason, 'their time is over');
    await assert.rejects(knock(relay, omar, opened.port), (error: SallyportError) =>
      ['identity-revoked', 'certificate-expired', 'peer-untrusted'].includes(error.code),
    );
    const argv = ['representative', 'reset', 'omar@partner.example', '--data', data, '--json'];
    assert.match((await runRelay(...argv)).stdout, /"representative-over"/);
    assert.match((await runRelay(...argv, '--until', '2020-01-01')).stdout, /"argument-invalid"/);
    const again = JSON.parse((await runRelay(...argv, '--until', 'never')).stdout) as { until: null };
    assert.equal(again.until, null);
    tunnel.socket.close();
  });

  it('cuts the tunnel and the sessions of a device within a second after it was removed', async () => {
    const token = await runRelay('device', 'token', '--data', data);
    const scrap = await join(relay, '/v1/enrolments', decodeToken(token.stdout).secret);
    const { tunnel, opened } = await openGrantOn(relay, scrap);
    const { near } = await openSession(relay, {
      tunnel,
      port: opened.port,
      device: scrap,
      representative: erin,
    });
    const cut = Promise.all([closed(near), tunnel.closed()]).then(() => performance.now());
    const { code } = await runRelay('device', 'remove', scrap.id, '--data', data);
    const doneAt = performance.now();
    assert.equal(code, 0);
    const took = (await cut) - doneAt;
    assert.ok(took < 1_000, `cut after ${took} ms`);
    assert.equal((await tunnel.next('refused')).error.code, 'identity-revoked');
    await assert.rejects(knock(relay, erin, opened.port), withCode('grant-not-found'));
  });

  it('loses nothing that was answered when it is killed: grant, port number, epoch, identities', async () => {
    const terms = grantTerms();
    const before = await openGrantOn(relay, device, terms);
    await relay.end('SIGKILL');
    relay = await serveRelay(data);
    const again = await openGrantOn(relay, device, terms);
    assert.equal(again.opened.port, before.opened.port);
    assert.equal(again.opened.changed, undefined);
    assert.ok(again.opened.epoch > before.opened.epoch);
    const session = await openSession(relay, {
      tunnel: again.tunnel,
      port: again.opened.port,
      device,
      representative: erin,
    });
    session.near.destroy();
    again.tunnel.socket.close();
  });

  it('takes up what it answered last before it was killed, however soon that was', async () => {
    for (let round = 0; round < 3; round++) {
      const opening = grantTerms();
      const { opened, tunnel } = await openGrantOn(relay, device, opening);
      relay.child.kill('SIGKILL');
      await relay.end('SIGKILL');
      tunnel.socket.terminate();
      relay = await serveRelay(data);
      const again = await openGrantOn(relay, device, opening);
      assert.equal(again.opened.port, opened.port);
      again.tunnel.socket.terminate();
    }
  });

  it('drains on SIGTERM: tells devices, refuses new sessions, lets live ones finish, then ends', async () => {
    const { tunnel, opened } = await openGrantOn(relay, device);
    const session = await openSession(relay, { tunnel, port: opened.port, device, representative: erin });
    const knocking = knock(relay, erin, opened.port);
    const { ticket } = await tunnel.next('knock');
    relay.child.kill('SIGTERM');
    const { afterMs } = await tunnel.next('drain');
    assert.ok(afterMs >= 500 && afterMs < 60_000);
    const health = await ask(relay, { path: '/v1/health', answer: z.object({ draining: z.boolean() }) });
    assert.equal(health.draining, true);
    await assert.rejects(knock(relay, erin, opened.port), withCode('relay-draining'));
    const second = await dialBack(relay, device, ticket);
    (await knocking).socket.destroy();
    second.destroy();
    session.near.write('goes on');
    assert.equal(String((await once(session.far, 'data'))[0]), 'goes on');
    const ended = once(relay.child, 'exit');
    session.near.destroy();
    assert.equal((await ended)[0], 0);
    relay = await serveRelay(data);
  });

  it('waits for live sessions no longer than --drain says', async () => {
    await relay.end('SIGTERM');
    relay = await serveRelay(data, '--drain', '1');
    const { tunnel, opened } = await openGrantOn(relay, device);
    const session = await openSession(relay, { tunnel, port: opened.port, device, representative: erin });
    const cut = closed(session.near);
    const started = performance.now();
    assert.equal(await relay.end('SIGTERM'), 0);
    await cut;
    const took = performance.now() - started;
    assert.ok(took >= 950 && took < 3_000, `${took} ms`);
    relay = await serveRelay(data);
  });

  it('says which address is in use', async () => {
    const other = emptyFolder();
    await runRelay('init', '--data', other.path, '--name', 'localhost');
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const { code, stderr } = await runRelay('serve', '--data', other.path, '--listen', `127.0.0.1:${port}`);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port} is in use`));
    assert.match(stderr, /Next: .*--listen/);
    blocker.close();
    await once(blocker, 'close');
    other.remove();
  });
});
