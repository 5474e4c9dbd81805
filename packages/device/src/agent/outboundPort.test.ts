import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { makeDevice, makeRelay, type TestDevice, type TestRelay } from './testing.ts';

describe('the outbound port that an administrator chose', { timeout: 60_000 }, () => {
  let relay: TestRelay;
  let device: TestDevice;
  before(async () => {
    relay = await makeRelay();
    device = await makeDevice(relay);
  });
  after(async () => {
    await device.close();
    await relay.close();
  });

  it('is one that the relay listens on', () => {
    assert.throws(() => device.agent.setOutboundPort(1), { code: 'outbound-port-unknown' });
    assert.equal(device.agent.outboundPort, undefined);
    assert.deepEqual(device.agent.relayPorts, [relay.port]);
  });

  it('is used at once, and the grant keeps its port number', async () => {
    device.enable();
    const { port } = await device.until(({ state, tunnel }) => state === 'open' && tunnel === 'up');
    const again = device.until(({ tunnel }) => tunnel === 'dialling');
    device.agent.setOutboundPort(relay.port);
    await again;
    const now = await device.until(({ tunnel }) => tunnel === 'up');
    assert.deepEqual([now.port, now.relay?.port], [port, relay.port]);
  });

  it('outlives a start of the agent, until it is automatic again', async () => {
    await device.stop();
    device.start();
    assert.equal(device.agent.outboundPort, relay.port);
    device.agent.setOutboundPort(undefined);
    await device.stop();
    device.start();
    assert.equal(device.agent.outboundPort, undefined);
  });
});
