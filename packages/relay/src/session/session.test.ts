import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { grantListSchema } from '@sallyport/protocol/enrolment';
import { fail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { makeTicket, type Ticket } from '@sallyport/protocol/grant';
import { closed } from '../testing/closed.ts';
import {
  dialBack,
  grantTerms,
  knock,
  openGrantOn,
  openSession,
  openTunnel,
  type TestTunnel,
} from '../testing/device.ts';
import { enrolDevice, logIn, type Person } from '../testing/people.ts';
import { ask, makeFolder, random, startNode, type TestFolder, type TestRelay } from '../testing/relay.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

/** Sends `size` bytes and gives their SHA-256. */
async function pour(stream: Duplex, size: number): Promise<string> {
  const hash = createHash('sha256');
  for (let left = size; left > 0; ) {
    const chunk = randomBytes(Math.min(left, 1 + Math.floor(Math.random() * 200_000)));
    hash.update(chunk);
    left -= chunk.byteLength;
    if (!stream.write(chunk)) await once(stream, 'drain');
  }
  return hash.digest('hex');
}

async function drink(stream: Duplex, size: number): Promise<string> {
  const hash = createHash('sha256');
  let left = size;
  for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    left -= chunk.byteLength;
    if (left <= 0) break;
  }
  return hash.digest('hex');
}

describe('a session through the relay', () => {
  let folder: TestFolder;
  let relay: TestRelay;
  let device: Person;
  let other: Person;
  let erin: Person;
  let tunnel: TestTunnel;
  let port: number;

  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder);
    device = await enrolDevice(relay);
    other = await enrolDevice(relay);
    erin = await logIn(relay, 'erin@maker.example');
    const open = await openGrantOn(relay, device);
    tunnel = open.tunnel;
    port = open.opened.port;
  });
  after(async () => {
    await relay.stop();
    folder.remove();
  });

  it('lists the grant to a representative, as connected', async () => {
    const { grants } = await ask(relay, { path: '/v1/grants', as: erin.identity, answer: grantListSchema });
    assert.deepEqual(
      grants.map((grant) => [grant.port, grant.device, grant.connected, grant.scopes]),
      [[port, device.id, true, ['terminal']]],
    );
  });

  it('carries bytes both ways at once, and they compare equal', async () => {
    const { near, far } = await openSession(relay, { tunnel, port, device, representative: erin });
    const size = 8 * 1024 * 1024;
    const [a, b, c, d] = await Promise.all([
      pour(near, size),
      drink(far, size),
      pour(far, size),
      drink(near, size),
    ]);
    assert.equal(a, b);
    assert.equal(c, d);
    near.destroy();
    await closed(far);
  });

  it('delivers what was sent before the end, then closes the other side', async () => {
    const { near, far } = await openSession(relay, { tunnel, port, device, representative: erin });
    const size = 3 * 1024 * 1024;
    const sent = pour(far, size).then((hash) => {
      far.end();
      return hash;
    });
    assert.equal(await drink(near, size), await sent);
    await closed(near);
  });

  it('tells the representative whose grant and device it is', async () => {
    const knocking = knock(relay, erin, port);
    const { ticket, representative, dial } = await tunnel.next('knock');
    const far = await dialBack(relay, device, ticket);
    const { socket, headers } = await knocking;
    assert.equal(representative, erin.id);
    assert.equal(dial, 'localhost');
    assert.equal(headers['sallyport-device'], device.id);
    assert.match(String(headers['sallyport-grant']), /^[0-9a-f]{32}$/);
    socket.destroy();
    far.destroy();
  });

  it('joins a ticket once: the second use is refused', async () => {
    const knocking = knock(relay, erin, port);
    const { ticket } = await tunnel.next('knock');
    const far = await dialBack(relay, device, ticket);
    const { socket } = await knocking;
    await assert.rejects(dialBack(relay, device, ticket), withCode('ticket-unknown'));
    socket.destroy();
    far.destroy();
  });

  it('refuses another device with the ticket, and leaves it to its own', async () => {
    const knocking = knock(relay, erin, port);
    const { ticket } = await tunnel.next('knock');
    await assert.rejects(dialBack(relay, other, ticket), withCode('ticket-unknown'));
    const far = await dialBack(relay, device, ticket);
    (await knocking).socket.destroy();
    far.destroy();
  });

  it('refuses a ticket that was never made, and one that is none', async () => {
    await assert.rejects(dialBack(relay, device, makeTicket(random)), withCode('ticket-unknown'));
    await assert.rejects(dialBack(relay, device, '../whoami' as Ticket), withCode('not-found'));
    await assert.rejects(dialBack(relay, device, 'x' as Ticket), withCode('ticket-unknown'));
  });

  it("passes on the device's refusal", async () => {
    const knocking = knock(relay, erin, port);
    knocking.catch(() => {});
    const { ticket } = await tunnel.next('knock');
    tunnel.send({
      type: 'decline',
      ticket,
      error: toWireError(fail('sessions-used-up', { details: { limit: 16 } })),
    });
    await assert.rejects(knocking, withCode('sessions-used-up'));
  });

  it('leaves a knock alone when another device declines its ticket', async () => {
    const { tunnel: foreign } = await openGrantOn(relay, other);
    const knocking = knock(relay, erin, port);
    const { ticket } = await tunnel.next('knock');
    foreign.send({ type: 'decline', ticket, error: toWireError(fail('cut-off')) });
    foreign.send({ ...grantTerms(), type: 'open' });
    await foreign.next('opened');
    const far = await dialBack(relay, device, ticket);
    (await knocking).socket.destroy();
    far.destroy();
    foreign.socket.close();
    await foreign.closed();
  });

  it('refuses a port number that names no open grant', async () => {
    await assert.rejects(
      knock(relay, erin, port === 49_999 ? 49_998 : port + 1),
      withCode('grant-not-found'),
    );
    await assert.rejects(knock(relay, erin, 12), withCode('grant-not-found'));
  });

  it('holds no more than four half sessions of a representative', async () => {
    const four = [1, 2, 3, 4].map(() => knock(relay, erin, port));
    for (const knocking of four) knocking.catch(() => {});
    const tickets = [];
    for (const _ of four) tickets.push((await tunnel.next('knock')).ticket);
    await assert.rejects(knock(relay, erin, port), withCode('device-busy'));
    for (const ticket of tickets)
      tunnel.send({ type: 'decline', ticket, error: toWireError(fail('cut-off')) });
    for (const knocking of four) await assert.rejects(knocking, withCode('cut-off'));
  });

  it('says that the device is away when its tunnel is gone, and keeps the port number for its return', async () => {
    const terms = grantTerms();
    const first = await openGrantOn(relay, other, terms);
    first.tunnel.socket.terminate();
    await first.tunnel.closed();
    let error: unknown;
    do {
      error = await knock(relay, erin, first.opened.port).catch((thrown) => thrown);
    } while (withCode('connection-lost')(error));
    assert.ok(withCode('device-away')(error), String(error));
    const again = await openGrantOn(relay, other, terms);
    assert.equal(again.opened.port, first.opened.port);
    assert.equal(again.opened.changed, undefined);
    assert.ok(again.opened.epoch > first.opened.epoch);
    again.tunnel.socket.close();
  });

  it('lets the newer of two tunnels of a device win, and tells the older', async () => {
    const terms = grantTerms();
    const older = await openGrantOn(relay, other, terms);
    const newer = await openGrantOn(relay, other, terms);
    const { error } = await older.tunnel.next('refused');
    assert.equal(error.code, 'tunnel-superseded');
    await older.tunnel.closed();
    const session = await openSession(relay, {
      tunnel: newer.tunnel,
      port: newer.opened.port,
      device: other,
      representative: erin,
    });
    session.near.destroy();
    newer.tunnel.socket.close();
  });

  it('closes the grant when the device says so: its splices are cut, its number names nothing', async () => {
    const { tunnel: own, opened, terms } = await openGrantOn(relay, other);
    const { near, far } = await openSession(relay, {
      tunnel: own,
      port: opened.port,
      device: other,
      representative: erin,
    });
    own.send({ type: 'close', grant: terms.grant, reason: 'disabled' });
    await Promise.all([closed(near), closed(far)]);
    await assert.rejects(knock(relay, erin, opened.port), withCode('grant-not-found'));
    own.socket.close();
  });

  it('ends a grant at its time by itself, with its splices and its tunnel', async () => {
    const { tunnel: own, opened } = await openGrantOn(relay, other, grantTerms(undefined, 1_000));
    const started = performance.now();
    const { near } = await openSession(relay, {
      tunnel: own,
      port: opened.port,
      device: other,
      representative: erin,
    });
    await closed(near);
    const took = performance.now() - started;
    assert.ok(took < 2_000, `ended after ${took} ms`);
    const { error } = await own.next('refused');
    assert.equal(error.code, 'grant-ended');
    await assert.rejects(knock(relay, erin, opened.port), withCode('grant-not-found'));
  });

  it("refuses to take up a grant that is over, or that is not the device's", async () => {
    const { tunnel: own, terms } = await openGrantOn(relay, other);
    own.send({ type: 'close', grant: terms.grant, reason: 'disabled' });
    own.send(terms);
    assert.equal((await own.next('refused')).error.code, 'grant-ended');
    const mine = await openTunnel(relay, other);
    mine.send(grantTerms());
    await mine.next('opened');
    const { terms: theirs } = await openGrantOn(relay, device);
    mine.send(theirs);
    assert.equal((await mine.next('refused')).error.code, 'grant-ended');
  });
});
