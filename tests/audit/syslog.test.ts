import assert from 'node:assert/strict';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { makeWebCertificate } from '@sallyport/protocol/issue';
import { createBrowserAcceptor } from '@sallyport/protocol/tls';
import { systemClock } from '@sallyport/runtime/clock';
import { systemRandom } from '@sallyport/runtime/random';
import { freePorts, mustRun, programs, runCommand, type Service, startService } from '../stage/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
const ca = join(folder, 'collector.pem');
const services: Service[] = [];
const sockets = new Set<Socket>();
let heard = '';
let look: () => void = () => {};
let port = 0;
const server = createServer();

before(async () => {
  const own = await makeWebCertificate({ names: ['localhost'], now: Date.now(), random: systemRandom });
  writeFileSync(ca, own.certificate);
  const acceptor = createBrowserAcceptor({ identity: () => own, clock: systemClock() });
  server.on('connection', (socket) => {
    sockets.add(socket);
    acceptor.accept(socket).then(
      (secure) =>
        secure.on('data', (chunk: Buffer) => {
          heard += chunk.toString('utf8');
          look();
        }),
      () => {},
    );
  });
  await once(server.listen(0, 'localhost'), 'listening');
  port = (server.address() as AddressInfo).port;
});
after(async () => {
  await Promise.all(services.map((service) => service.end('SIGKILL')));
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

async function untilHeard(text: RegExp): Promise<void> {
  while (!text.test(heard)) {
    await new Promise<void>((resolve) => {
      look = resolve;
    });
  }
}
const setting = (file: string): string => `syslog:\n  server: "localhost:${port}"\n  ca: ${file}\n`;

describe('a collector that the configuration names', { timeout: 60_000 }, () => {
  it('gets the log of the relay and of the device, from their start on', async () => {
    const relay = join(folder, 'relay');
    const [listen = 0] = await freePorts(1);
    const at = ['--data', relay, '--name', 'localhost', '--listen', `127.0.0.1:${listen}`];
    await mustRun(programs.relay, ['init', ...at]);
    appendFileSync(join(relay, 'config.yaml'), `\n${setting(ca)}`);
    const node = startService(programs.relay, ['serve', '--data', relay]);
    services.push(node);
    await node.line(/ready/);
    await untilHeard(
      / sallyport-relay \d+ node-started-1 \[sallyport@32473 seq="\d+" hash="[0-9a-f]{64}"\] \{/,
    );

    const device = join(folder, 'device');
    const token = await mustRun(programs.relay, ['device', 'token', '--data', relay]);
    await mustRun(programs.device, ['enroll', token.trim(), '--data', device]);
    writeFileSync(join(device, 'config.yaml'), `run-as: same-user\n${setting(ca)}`, { mode: 0o600 });
    const agent = startService(programs.device, ['serve', '--data', device]);
    services.push(agent);
    await agent.line(/ready/);
    await untilHeard(
      / sallyport-device \d+ agent-started-1 \[sallyport@32473 seq="\d+" hash="[0-9a-f]{64}" clock="own"\] \{/,
    );
    await untilHeard(/ sallyport-relay \d+ device-enrolled-1 /);
  });

  it('is refused at the start where its certificates cannot be read', async () => {
    const device = join(folder, 'device');
    await services.at(-1)?.end();
    writeFileSync(join(device, 'config.yaml'), setting('/nowhere/collector.pem'), { mode: 0o600 });
    const { status, stderr } = await runCommand(programs.device, ['serve', '--data', device]);
    assert.equal(status, 1);
    assert.match(stderr, /"syslog" is not right: .*ENOENT/);
  });
});
