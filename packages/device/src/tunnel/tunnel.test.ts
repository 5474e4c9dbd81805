import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fail, toWireError } from '@sallyport/protocol/errors';
import type { GrantId, PortNumber, Ticket } from '@sallyport/protocol/grant';
import { fakeClock, seededRandom, settle } from '@sallyport/protocol/testing';
import type { FromRelay, ToRelay } from '@sallyport/protocol/tunnel';
import type { LinkListener } from './link.ts';
import { Tunnel } from './tunnel.ts';

const grant = '0123456789abcdef0123456789abcdef' as GrantId;
const opened = (change: Partial<Extract<FromRelay, { type: 'opened' }>> = {}): FromRelay => ({
  type: 'opened',
  grant,
  port: 40_123 as PortNumber,
  now: 1_000,
  epoch: 1,
  revoked: [],
  revocations: [],
  takes: [],
  ...change,
});

/** A tunnel to a relay that is played by the test. */
function scene() {
  const clock = fakeClock();
  const dials: {
    listener: LinkListener;
    signal: AbortSignal;
    said: ToRelay[];
    probes: number;
    closed: boolean;
  }[] = [];
  const heard: string[] = [];
  const answers: (Error | 'connects')[] = [];
  let open = true;
  const tunnel = new Tunnel({
    clock,
    random: seededRandom(5),
    log: silentLog,
    version: '1',
    dial: async (listener, signal) => {
      const dial = { listener, signal, said: [] as ToRelay[], probes: 0, closed: false };
      dials.push(dial);
      const answer = answers.shift() ?? 'connects';
      if (answer !== 'connects') throw answer;
      return {
        send: (message) => dial.said.push(message),
        probe: () => {
          dial.probes += 1;
        },
        close: () => {
          dial.closed = true;
        },
      };
    },
    terms: () => (open ? { grant, leftMs: 60_000, scopes: ['terminal'], approval: false } : undefined),
    opened: ({ port }) => heard.push(`opened ${port}`),
    knock: ({ ticket }) => heard.push(`knock ${ticket}`),
    up: () => {},
    noted: (id) => heard.push(`noted ${id}`),
    revoked: ({ key }) => heard.push(`revoked ${key}`),
    changed: () => {},
  });
  const last = () => {
    const dial = dials.at(-1);
    assert.ok(dial);
    return dial;
  };
  return { clock, tunnel, dials, last, heard, answers, end: () => (open = false) };
}

describe('the tunnel', () => {
  it('says which grant is open, and is up when the relay answers', async () => {
    const { tunnel, last, heard } = scene();
    tunnel.start();
    await settle();
    assert.deepEqual(last().said, [
      { type: 'open', version: '1', grant, leftMs: 60_000, scopes: ['terminal'], approval: false },
    ]);
    assert.equal(tunnel.at, 'dialling');
    last().listener.message(opened());
    assert.equal(tunnel.at, 'up');
    assert.deepEqual(heard, ['opened 40123']);
    tunnel.stop();
  });

  it('tells what not every relay takes only to one that says that it does', async () => {
    const { tunnel, last, heard } = scene();
    const heads = { type: 'heads' as const, id: 1, grant, recordings: [] };
    assert.equal(tunnel.tell(heads), false);
    tunnel.start();
    await settle();
    last().listener.message(opened());
    assert.equal(tunnel.tell(heads), false);
    last().listener.message(opened({ takes: ['heads', 'what comes later'] }));
    assert.equal(tunnel.tell(heads), true);
    assert.deepEqual(last().said.slice(1), [heads]);
    last().listener.message({ type: 'noted', id: 1 });
    assert.equal(heard.at(-1), 'noted 1');
    tunnel.stop();
  });

  it('dials again for ever', async () => {
    const { tunnel, clock, dials, answers } = scene();
    const refused = fail('relay-refused', { details: { host: 'r', ports: 443 } });
    answers.push(...Array.from({ length: 1_000 }, () => refused));
    tunnel.start();
    await clock.advance(60 * 60_000);
    assert.ok(dials.length >= 3_600 / 30);
    assert.equal(tunnel.problem, refused);
    tunnel.stop();
  });

  it('shows the problem of the last try while it rests', async () => {
    const { tunnel, clock, answers } = scene();
    answers.push(fail('relay-name-unresolved', { details: { host: 'relay.example' } }));
    tunnel.start();
    await settle();
    assert.equal(tunnel.at, 'resting');
    assert.equal(tunnel.problem?.code, 'relay-name-unresolved');
    await clock.advance(1_000);
    tunnel.stop();
  });

  it('takes an answer that does not come within ten seconds for a failure', async () => {
    const { tunnel, clock, last } = scene();
    tunnel.start();
    await clock.advance(10_000);
    assert.equal(tunnel.problem?.code, 'timed-out');
    assert.ok(last().closed);
    tunnel.stop();
  });

  it('waits the longest rest when it was refused for good, and still goes on', async () => {
    const { tunnel, clock, last, dials } = scene();
    tunnel.start();
    await settle();
    last().listener.message({ type: 'refused', error: toWireError(fail('identity-revoked')) } as FromRelay);
    assert.equal(tunnel.problem?.code, 'identity-revoked');
    await clock.advance(29_999);
    assert.equal(dials.length, 1);
    await clock.advance(1);
    assert.equal(dials.length, 2);
    tunnel.stop();
  });

  it('comes back when the relay that drains asked it to', async () => {
    const { tunnel, clock, last, dials } = scene();
    tunnel.start();
    await settle();
    last().listener.message(opened());
    last().listener.message({ type: 'drain', afterMs: 5_000 });
    assert.ok(dials[0]?.closed);
    await clock.advance(5_499);
    assert.equal(dials.length, 1);
    await clock.advance(501);
    assert.equal(dials.length, 2);
    tunnel.stop();
  });

  it('passes over what an older connection still says', async () => {
    const { tunnel, last, dials, heard } = scene();
    tunnel.start();
    await settle();
    last().listener.message(opened());
    tunnel.networkChanged();
    last().listener.ended(fail('connection-lost'));
    const [first] = dials;
    first?.listener.message({
      type: 'knock',
      ticket: 'f'.repeat(32) as Ticket,
      dial: 'relay.example',
      representative: 'erin',
      key: 'e'.repeat(64),
    });
    assert.deepEqual(heard, ['opened 40123']);
    tunnel.stop();
  });

  it('passes over the answer to another grant', async () => {
    const { tunnel, last, heard } = scene();
    tunnel.start();
    await settle();
    last().listener.message(opened({ grant: 'f'.repeat(32) as GrantId }));
    assert.deepEqual(heard, []);
    tunnel.stop();
  });

  it('asks the relay for a sign of life when the network changes, and dials at once when it rests', async () => {
    const { tunnel, last, dials } = scene();
    tunnel.start();
    await settle();
    last().listener.message(opened());
    tunnel.networkChanged();
    assert.equal(last().probes, 1);
    last().listener.ended(fail('connection-lost'));
    assert.equal(tunnel.at, 'resting');
    tunnel.networkChanged();
    await settle();
    assert.equal(dials.length, 2);
    tunnel.stop();
  });

  it('says that the grant is over, hangs up, and leaves no timer behind', async () => {
    const { tunnel, clock, last, end } = scene();
    tunnel.start();
    await settle();
    last().listener.message(opened());
    end();
    tunnel.stop({ grant, reason: 'disabled' });
    assert.deepEqual(last().said.at(-1), { type: 'close', grant, reason: 'disabled' });
    assert.ok(last().closed);
    assert.equal(tunnel.at, 'off');
    assert.equal(clock.pending(), 0);
  });

  it('does not come back to life when a dial ends after the stop', async () => {
    const { tunnel, clock, dials, end } = scene();
    tunnel.start();
    end();
    tunnel.stop();
    await clock.advance(60_000);
    assert.equal(tunnel.at, 'off');
    assert.ok(dials[0]?.signal.aborted);
    assert.ok(dials[0]?.closed);
  });
});
