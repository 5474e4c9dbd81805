import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { describe, it } from 'node:test';
import { addressBytes, isOwnConnection, ownerInTable } from './peerOwner.ts';

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 11 1 0 20 4 30 10 -1
   1: 0100007F:D431 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 12 1 0 20 4 30 10 -1
`;

describe('the owner of a connection', () => {
  it('is that of the socket at the other end, not of this one', () => {
    const here = { address: '127.0.0.1', port: 0x1f90 };
    const there = { address: '127.0.0.1', port: 0xd431 };
    assert.equal(ownerInTable(table, there, here), 1000);
    assert.equal(ownerInTable(table, here, there), 0);
  });
  it('is unknown if the table does not have the connection', () => {
    const here = { address: '127.0.0.1', port: 1 };
    assert.equal(ownerInTable(table, here, here), undefined);
    assert.equal(ownerInTable('', here, here), undefined);
  });
  it('is found by every form of an address', () => {
    assert.deepEqual(addressBytes('::ffff:127.0.0.1'), Buffer.from([127, 0, 0, 1]));
    assert.equal(addressBytes('::1')?.toString('hex'), `${'00'.repeat(15)}01`);
    assert.equal(addressBytes('fe80::1%eth0')?.toString('hex'), `fe80${'00'.repeat(13)}01`);
    assert.equal(addressBytes('1:2:3:4:5:6:7:8')?.length, 16);
    assert.equal(addressBytes('not an address'), undefined);
  });
  for (const host of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
    it(`is this user for a connection of this program through ${host}`, async () => {
      const server = createServer().listen(0, host === '::1' ? '::1' : '127.0.0.1');
      const [failure] = await Promise.race([once(server, 'listening'), once(server, 'error')]);
      assert.equal(failure, undefined, 'this test needs a machine with IPv6 on its loopback');
      const address = server.address();
      assert.ok(typeof address === 'object' && address);
      const accepted = once(server, 'connection') as Promise<[Socket]>;
      const client = connect(address.port, host);
      const [socket] = await accepted;
      const here = { address: socket.localAddress ?? '', port: socket.localPort ?? 0 };
      const there = { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 };
      assert.equal(await isOwnConnection(here, there), true);
      assert.equal(await isOwnConnection(here, { ...there, port: 1 }), false);
      client.destroy();
      socket.destroy();
      server.close();
    });
  }
});
