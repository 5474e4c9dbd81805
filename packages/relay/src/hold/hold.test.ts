import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { SallyportError } from '@sallyport/protocol/errors';
import { upgrade } from '@sallyport/runtime/http';
import { heldBytes, heldPerDevice } from '../limits.ts';
import { openGrantOn } from '../testing/device.ts';
import { enrolDevice, type Person } from '../testing/people.ts';
import {
  clock,
  dial,
  makeFolder,
  relayName,
  startNode,
  type TestFolder,
  type TestRelay,
} from '../testing/relay.ts';

const hold = async (relay: TestRelay, device: Person): Promise<Duplex> => {
  const terms = { clock, timeoutMs: 5_000, path: '/v1/hold', host: relayName };
  return (await upgrade(await dial(relay, device.identity), terms)).socket;
};

describe('a connection that a device holds', { timeout: 30_000 }, () => {
  let folder: TestFolder;
  let relay: TestRelay;
  let device: Person;
  before(async () => {
    folder = await makeFolder();
    relay = await startNode(folder);
    device = await enrolDevice(relay);
  });
  after(async () => {
    await relay.stop();
    folder.remove();
  });

  it('says back what is said on it, and leaves the tunnel alone', async () => {
    const { tunnel } = await openGrantOn(relay, device);
    const held = await hold(relay, device);
    held.write('?');
    assert.equal(String((await once(held, 'data'))[0]), '?');
    assert.equal(tunnel.socket.readyState, tunnel.socket.OPEN);
    held.destroy();
    tunnel.socket.close();
  });

  it('is closed when more is said than such a test says', async () => {
    const held = await hold(relay, device);
    held.resume();
    held.write(Buffer.alloc(heldBytes + 1));
    await once(held, 'close');
  });

  it('is one of sixteen; a place that is given back can be taken', async () => {
    const other = await enrolDevice(relay);
    const all = await Promise.all(Array.from({ length: heldPerDevice }, () => hold(relay, other)));
    const isBusy = (error: unknown): boolean =>
      error instanceof SallyportError && error.code === 'device-busy';
    await assert.rejects(hold(relay, other), isBusy);
    (await hold(relay, device)).destroy();
    const [first] = all;
    first?.end();
    first?.resume();
    if (first) await once(first, 'close');
    (await hold(relay, other)).destroy();
    for (const one of all) one.destroy();
  });
});
