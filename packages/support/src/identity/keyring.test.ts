import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { makeKeyring } from './keyring.ts';

describe("the system's keyring", () => {
  it('is given up when it takes the question and does not answer, and is not asked again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'keyring-'));
    const late = new AbortController();
    let connections = 0;
    const mute = createServer((socket) => {
      connections += 1;
      socket.on('error', () => {});
      socket.resume();
      late.abort();
    });
    await new Promise<void>((resolve) => mute.listen(join(folder, 'bus'), resolve));
    const before = process.env['DBUS_SESSION_BUS_ADDRESS'];
    process.env['DBUS_SESSION_BUS_ADDRESS'] = `unix:path=${join(folder, 'bus')}`;
    try {
      const keyring = makeKeyring(() => late.signal);
      assert.equal(await keyring.read('erin'), undefined);
      assert.equal(await keyring.keep('erin', 'secret'), false);
      assert.equal(connections, 1);
    } finally {
      if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS'];
      else process.env['DBUS_SESSION_BUS_ADDRESS'] = before;
      // Closes when the other end of each connection is gone: so no process is left that waits.
      await new Promise((resolve) => mute.close(resolve));
      rmSync(folder, { recursive: true });
    }
  });
});
