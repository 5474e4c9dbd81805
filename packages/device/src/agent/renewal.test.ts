import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { systemClock } from '@sallyport/runtime/clock';
import { relayTime } from '../tunnel/index.ts';
import { RelayPath } from './relayPath.ts';
import { isDue, Renewal } from './renewal.ts';
import { makeDevice, makeRelay } from './testing.ts';

const day = 86_400_000;

describe('a certificate', () => {
  it('is due for renewal when less than a third of its time is left', () => {
    const dates = { notBefore: 0, notAfter: 300 * day };
    assert.equal(isDue(dates, 199 * day), false);
    assert.equal(isDue(dates, 201 * day), true);
    assert.equal(isDue(dates, 301 * day), true);
  });

  it('is renewed by the relay under the same key, and stored', { timeout: 30_000 }, async () => {
    const relay = await makeRelay();
    const device = await makeDevice(relay);
    const clock = systemClock();
    const { identity, state } = device;
    const before = identity.required();
    try {
      const path = new RelayPath({
        identity,
        clock,
        log: silentLog,
        time: relayTime(clock, 0, 0),
        settings: state.settings,
        outboundPort: () => undefined,
        proxy: () => undefined,
        source: () => undefined,
      });
      await new Promise<void>((resolve) => {
        const time = { best: () => before.notAfter - 10 * day };
        new Renewal({ clock, log: silentLog, identity, path, time, renewed: resolve }).look();
      });
      const after = identity.required();
      assert.equal(after.keySha256, before.keySha256);
      assert.notEqual(after.certificateSha256, before.certificateSha256);
      assert.equal(after.id, before.id);
    } finally {
      await device.close();
      await relay.close();
    }
  });
});
