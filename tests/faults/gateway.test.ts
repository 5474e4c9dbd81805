/** What the device's status says of its gateway is what the kernel found out, in a network that is broken for real. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { repository, type Service, startService } from '../stage/index.ts';
import {
  endNamespace,
  joinNamespaces,
  makeNamespace,
  type Namespace,
  removeLeftovers,
  runFolder,
} from './parts/namespace.ts';

/** Says what it sees whenever that changes, and sends something the gateway's way, as an agent does. */
const watching = `
  import { createSocket } from 'node:dgram';
  import { lookAtGateway } from ${JSON.stringify(join(repository, 'packages/device/src/path/index.ts'))};
  const socket = createSocket('udp4').on('error', () => {});
  let before = '';
  setInterval(() => {
    socket.send('x', 9, '198.51.100.1', () => {});
    const now = lookAtGateway() ?? 'unknown';
    if (now !== before) console.log(now);
    before = now;
  }, 100);`;

let folder = '';
let site: Namespace;
let router: Namespace;
let seen: Service;
before(() => {
  removeLeftovers();
  folder = runFolder();
  site = makeNamespace('watching', { folder });
  router = makeNamespace('router', { folder });
  joinNamespaces(site, router, { a: 'out', b: 'in' });
  site.ip('addr add 198.18.0.10/24 dev out');
  const { command, args } = site.enter(process.execPath, ['--input-type=module-typescript', '-e', watching]);
  seen = startService(command, args);
});
after(async () => {
  await seen?.end('SIGKILL');
  for (const namespace of [site, router]) if (namespace) endNamespace(namespace);
  rmSync(folder, { recursive: true, force: true });
});

describe('the gateway of a device', { timeout: 60_000 }, () => {
  it('is missing, silent, or answers, as it is', async () => {
    await seen.line(/^none$/);
    site.ip('route add default via 198.18.0.1 dev out');
    await seen.line(/^silent$/);
    // Somebody is there now, at the other end of the cable.
    router.ip('addr add 198.18.0.1/24 dev in');
    await seen.line(/^answers$/);
  });
});
