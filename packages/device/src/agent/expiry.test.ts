import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { makeDevice, makeRelay, makeRepresentative, type TestDevice, type TestRelay } from './testing.ts';

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

describe('a grant whose time is over', { timeout: 40_000 }, () => {
  it('ends its session within a second, and is gone at the relay', async () => {
    const erin = await makeRepresentative(relay, 'erin@maker.example');
    const enabledAt = performance.now();
    device.enable(['web'], 10_000);
    const { port = 0 } = await device.until(({ state }) => state === 'open');
    const line = await erin.pair(port, device.otp());
    const { stream } = await erin.open(line, port);
    const [end] = (await once(stream, 'ended')) as [{ error: { code: string } }];
    const ms = performance.now() - enabledAt;
    assert.ok(ms > 9_900 && ms < 11_000, `${ms} ms`);
    assert.equal(end.error.code, 'grant-ended');
    assert.equal(device.agent.status().state, 'disabled');
    await assert.rejects(erin.reach(port), { code: /grant-(not-found|ended)/ });
  });
});
