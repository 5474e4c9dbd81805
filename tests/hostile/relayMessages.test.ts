/** A hostile relay says to a device what no true one says: too much, nonsense, lies about time. The device is the real program. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, beforeEach, describe, it } from 'node:test';
import type { GrantId, PortNumber, Scope } from '@sallyport/protocol/grant';
import { latestTimeMs, type ToDevice, tunnelMessageCap } from '@sallyport/protocol/tunnel';
import { type LoneDevice, startLoneDevice, statusOf } from '../../scripts/hostile/agent.ts';
import {
  type HostileRelay,
  type HostileTunnel,
  hostilePort,
  makeTicket,
  startHostileRelay,
} from '../../scripts/hostile/hostileRelay.ts';
import { asRepresentative, codeOf, open, pair } from '../../scripts/hostile/line.ts';
import { newAuthority, type Someone } from '../../scripts/hostile/people.ts';
import { freePorts } from '../stage/index.ts';

const hour = 3_600_000;
const scopes: Scope[] = ['web'];
let relay: HostileRelay;
let device: LoneDevice;
let tunnel: HostileTunnel;
let truth: HostileRelay['opened'];

before(async () => {
  const keys = await newAuthority();
  const ports = await freePorts(1);
  relay = await startHostileRelay(keys, ports);
  truth = relay.opened;
  device = await startLoneDevice(keys, ports);
});
beforeEach(() => {
  relay.opened = truth;
});
after(async () => {
  await device.end();
  await relay.close();
});

async function freshTunnel(): Promise<void> {
  await device.fresh({ forMs: hour, scopes });
  tunnel = await relay.tunnel();
}
/** The device is well, and follows a knock. */
async function goesOn(): Promise<void> {
  const nobody = { id: 'nobody@maker.example', keySha256: '0'.repeat(64) };
  const half = await relay.knock(tunnel, nobody);
  half.destroy();
  assert.equal((await statusOf(device.data)).state, 'open');
}
async function letIn(
  otp: string,
  whenMs: number,
): Promise<{ who: Someone; stream: Awaited<ReturnType<typeof open>>['stream'] }> {
  const who = await relay.keys.issue('representative', 'erin@maker.example', whenMs);
  const line = await asRepresentative(await relay.knock(tunnel, who), who, relay.keys.authority);
  const grant = await pair(line, hostilePort, otp);
  return { who, stream: (await open(line, hostilePort, grant)).stream };
}

describe('a hostile relay that lengthens a grant', () => {
  it('ends nothing later: the device ends it on its time, whatever it is told', async () => {
    relay.opened = (opening) =>
      ({ ...(truth(opening) as object), now: Date.now() - 30 * 24 * hour }) as ToDevice;
    const otp = await device.fresh({ forMs: 10_000, scopes });
    const enabledAt = performance.now();
    tunnel = await relay.tunnel();
    const { stream } = await letIn(otp, Date.now() - 30 * 24 * hour);
    const ended = once(stream, 'ended') as Promise<[{ error: { code: string } }]>;
    const lie = setInterval(() => {
      if (tunnel.socket.readyState !== 1) return;
      tunnel.say({ ...(truth(tunnel.open) as object), now: Date.now() - 40 * 24 * hour } as ToDevice);
    }, 500);
    const [{ error }] = await ended;
    const tookMs = performance.now() - enabledAt;
    clearInterval(lie);
    assert.equal(error.code, 'grant-ended');
    assert.ok(tookMs < 11_000, `${tookMs} ms`);
    assert.equal((await statusOf(device.data)).state, 'disabled');
  });
});

describe('a hostile relay that says to the device', () => {
  it('what is too large is hung up on, at the first byte too many', async () => {
    await freshTunnel();
    tunnel.socket.send(' '.repeat(tunnelMessageCap + 1));
    await tunnel.closed;
    tunnel = await relay.tunnel();
    await goesOn();
  });
  for (const [what, message] of [
    ['what is no text', Buffer.from([0, 1, 2])],
    ['what is no JSON', '{"v":1,'],
    ['lists in lists without end', '['.repeat(60_000)],
    ['a knock without its fields', '{"v":1,"type":"knock"}'],
    ['the words of another version', '{"v":2,"type":"opened"}'],
  ] as const) {
    it(`${what} is hung up on`, async () => {
      await freshTunnel();
      tunnel.socket.send(message);
      await tunnel.closed;
      tunnel = await relay.tunnel();
      await goesOn();
    });
  }
  it('what a later version may know is passed over', async () => {
    await freshTunnel();
    tunnel.socket.send('{"v":1,"type":"sing","song":"x"}');
    await goesOn();
  });
  it('that another grant is open changes nothing', async () => {
    await freshTunnel();
    tunnel.say({
      type: 'opened',
      grant: 'f'.repeat(32) as GrantId,
      port: 49_999 as PortNumber,
      now: Date.now(),
      epoch: 1,
    });
    await goesOn();
    assert.equal((await statusOf(device.data)).port, hostilePort);
  });
  it('a flood of knocks has it dial back eight times, four for a key', async () => {
    await freshTunnel();
    const before = relay.connections();
    const codes = await Promise.all(
      Array.from({ length: 100 }, (_, index) =>
        codeOf(
          relay.knock(
            tunnel,
            { id: 'nobody@maker.example', keySha256: String(index % 10).repeat(64) },
            { ticket: makeTicket() },
          ),
        ),
      ),
    );
    assert.equal(codes.filter((code) => code === undefined).length, 8);
    assert.equal(codes.filter((code) => code === 'device-busy').length, 92);
    assert.equal(relay.connections() - before, 8);
  });
  it('pings without end and reads no answer is hung up on, before the answers fill its memory', async () => {
    await freshTunnel();
    const { socket } = tunnel;
    socket.pause();
    const stopped = once(socket, 'close');
    const flood = (): void => {
      for (let pings = 0; pings < 1_000 && socket.readyState === 1; pings += 1)
        socket.ping(Buffer.alloc(125));
      if (socket.readyState === 1) setImmediate(flood);
    };
    flood();
    await stopped;
    tunnel = await relay.tunnel();
    await goesOn();
  });
});

describe('a hostile relay that lies about the time', () => {
  for (const [what, now] of [
    ['before all computers', 0],
    ['at the end of all calendars', latestTimeMs],
  ] as const) {
    it(`${what} keeps nobody from looking at the device, and the device comes back to one that is right`, async () => {
      relay.opened = (opening) => ({ ...(truth(opening) as object), now }) as ToDevice;
      await freshTunnel();
      const { state, leftMs = 0 } = await statusOf(device.data);
      assert.equal(state, 'open');
      assert.ok(leftMs > hour - 60_000 && leftMs <= hour, String(leftMs));
      relay.opened = truth;
      tunnel.socket.terminate();
      tunnel = await relay.tunnel();
      await goesOn();
    });
  }
  it('beyond all calendars is hung up on', async () => {
    await freshTunnel();
    tunnel.socket.send(JSON.stringify({ v: 1, ...truth(tunnel.open), now: latestTimeMs + 1 }));
    await tunnel.closed;
    tunnel = await relay.tunnel();
    await goesOn();
  });
});
