import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { decodeToken } from '@sallyport/protocol/enrolment';
import { SallyportError } from '@sallyport/protocol/errors';
import { z } from 'zod';
import { closed } from '../testing/closed.ts';
import { dialBack, grantTerms, knock, openGrantOn, openSession } from '../testing/device.ts';
import { join, type Person } from '../testing/people.ts';
import { emptyFolder, type RelayProcess, runRelay, serveRelay } from '../testing/process.ts';
import { ask } from '../testing/relay.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('a relay that runs as a process', () => {
  const folder = emptyFolder();
  const data = folder.path;
  let relay: RelayProcess;
  let device: Person;
  let erin: Person;

  async function invite(name: string): Promise<Person> {
    const { stdout, code, stderr } = await runRelay(
      'representative',
      'invite',
      name,
      '--data',
      data,
      '--json',
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

  it('tells a device the keys that were revoked before it came', async () => {
    const { tunnel, opened } = await openGrantOn(relay, device);
    assert.equal(opened.revoked.length, 1);
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
