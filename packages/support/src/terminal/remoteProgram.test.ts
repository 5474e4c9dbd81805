import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import ssh2, { type Client } from 'ssh2';
import { runCommand } from '../command/index.ts';
import { whyCut } from '../ssh/index.ts';
import { startProgram } from './index.ts';

const { private: key } = ssh2.utils.generateKeyPairSync('ed25519');

/** Two ends in memory. What the second one says from `hold` on arrives in one piece, by `release`. */
function held(): { near: Duplex; far: Duplex; hold(): void; release(): void } {
  const kept: Buffer[] = [];
  let holds = false;
  const toNear = new PassThrough();
  const toFar = new PassThrough();
  const far = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      if (holds) kept.push(chunk);
      else toNear.write(chunk);
      done();
    },
  });
  toFar.on('data', (chunk: Buffer) => far.push(chunk));
  return {
    near: Duplex.from({ readable: toNear, writable: toFar }),
    far,
    hold: () => {
      holds = true;
    },
    release: () => void toNear.write(Buffer.concat(kept)),
  };
}

/** A client at one end; at the other a device whose answer to `exec`, all of it, comes in one piece. */
async function clientOf(answer: (channel: ssh2.ServerChannel) => void): Promise<Client> {
  const { near, far, hold, release } = held();
  const server = new ssh2.Server({ hostKeys: [key] }, (client) => {
    client.on('error', () => {});
    client.on('authentication', (attempt) => attempt.accept());
    client.on('session', (accept) => {
      accept().on('exec', (take) => {
        hold();
        answer(take());
        setImmediate(release);
      });
    });
  });
  server.injectSocket(far as never);
  near.once('close', () => far.destroy());
  const client = new ssh2.Client();
  client.on('error', () => {});
  client.connect({ sock: near, username: 'x', readyTimeout: 0 });
  await once(client, 'ready');
  return client;
}

describe('a program on the device', { timeout: 10_000 }, () => {
  it('that is over in the very piece in which it starts has its output and its status', async () => {
    const client = await clientOf((channel) => {
      channel.write('out');
      channel.exit(7);
      channel.close();
    });
    const output = new PassThrough();
    const program = await startProgram(client, { command: 'true' });
    const input = new PassThrough().end();
    const exit = await runCommand(program, { input, output, errors: new PassThrough() });
    assert.deepEqual(exit, { code: 7, signal: undefined });
    output.end();
    assert.equal(await text(output), 'out');
    client.destroy();
  });
  it('whose channel is closed without a status is not waited for', async () => {
    const client = await clientOf((channel) => channel.close());
    const program = await startProgram(client, { command: 'true' });
    const input = new PassThrough().end();
    const exit = await runCommand(program, { input, output: new PassThrough(), errors: new PassThrough() });
    assert.equal(exit, undefined);
    assert.equal((await whyCut({ ended: new Promise(() => {}) })).code, 'ssh-failed');
    client.destroy();
  });
});
