import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { describe, it } from 'node:test';
import { SallyportError } from '@sallyport/protocol/errors';
import { formatListen, openListeners, parseListen } from './listeners.ts';

const withCode = (code: string) => (error: unknown) => error instanceof SallyportError && error.code === code;

describe('addresses to listen on', () => {
  it('are read and written the same', () => {
    for (const text of ['127.0.0.1:8443', '[::1]:443', 'localhost:0', '0.0.0.0:65535']) {
      assert.equal(formatListen(parseListen(text)), text);
    }
  });

  for (const text of [
    '',
    '8443',
    ':8443',
    '127.0.0.1',
    '127.0.0.1:65536',
    '::1:443',
    '[::1]',
    'a b:1',
    '127.0.0.1:x',
  ]) {
    it(`refuse "${text}"`, () => {
      assert.throws(() => parseListen(text), withCode('argument-invalid'));
    });
  }

  it('are all listened on, or none', async () => {
    const blocker = createServer().listen(0, '127.0.0.1');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    const free = { host: '127.0.0.1', port: 0 };
    const accept = async (): Promise<void> => {};
    await assert.rejects(
      openListeners([free, { host: '127.0.0.1', port }], accept),
      withCode('listen-in-use'),
    );
    blocker.close();
    const listeners = await openListeners([free, free], accept);
    assert.equal(listeners.addresses.length, 2);
    for (const address of listeners.addresses) {
      const socket = connect(address.port, address.host);
      await once(socket, 'connect');
      socket.destroy();
    }
    listeners.close();
  });

  it('may name all of IPv4 and all of IPv6 side by side', async () => {
    const blocker = createServer().listen(0, '0.0.0.0');
    await once(blocker, 'listening');
    const { port } = blocker.address() as { port: number };
    blocker.close();
    const both = ['0.0.0.0', '::'].map((host) => ({ host, port }));
    const listeners = await openListeners(both, async () => {});
    for (const host of ['127.0.0.1', '::1']) {
      const socket = connect(port, host);
      await once(socket, 'connect');
      socket.destroy();
    }
    listeners.close();
  });

  it('refuse an address that is not of this machine', async () => {
    const foreign = openListeners([{ host: '192.0.2.1', port: 0 }], async () => {});
    await assert.rejects(foreign, withCode('listen-refused'));
  });
});
