import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { form, patienceMs, seed } from './parts/form.ts';
import { openPortal } from './parts/portal.ts';
import { openShell, type Shell, startCopies } from './parts/traffic.ts';
import { makeWorld, type World } from './parts/world.ts';

let world: World;
let shell: Shell;
before(async () => {
  world = await makeWorld(seed);
  shell = await openShell(world);
});
after(() => world?.end());

describe(`shell, scp, rsync and forward (${form.name} form, seed ${seed})`, () => {
  it('work over 200 ms with 5 % of all packets lost', async () => {
    world.network.takeWire({ delayMs: 100, loss: 0.05 });
    await startCopies(world, form.lossyBytes, patienceMs).done;
    await shell.mustBeTheSame(30_000);
    const { packets, lost } = world.network.wireCount();
    assert.ok(lost > packets / 40, `${lost} of ${packets} packets were lost`);
  });
  it('work over 64 kbit/s', async () => {
    world.network.takeCable('64kbit');
    await startCopies(world, form.narrowBytes, patienceMs).done;
    await shell.mustBeTheSame(30_000);
  });
  it('go on where the relay was killed and started again', async () => {
    world.network.takeCable(form.fastRate);
    const copies = startCopies(world, form.fastBytes, patienceMs);
    await copies.underWay();
    await world.running.relay.end('SIGKILL');
    await world.startRelay();
    await copies.done;
    await shell.mustBeTheSame(30_000);
    assert.equal((await world.status()).port, world.grant.port, 'the port number is the same');
  });
  it('go on after a captive portal, of which the status says what it is', async () => {
    const copies = startCopies(world, form.fastBytes, patienceMs);
    await copies.underWay();
    const portals = { tls: await openPortal(world, 'tls'), http: await openPortal(world, 'http') };
    world.network.siteRule({ at: 'portal', port: portals.tls });
    world.network.moveDevice(20); // It joined another Wi-Fi.
    const intercepted = await world.statusWhen(({ problem }) => problem?.code === 'relay-not-ours', 30_000);
    assert.match(intercepted.problem?.text ?? '', /Hotel Wi-Fi/, 'it names who answered');
    world.network.siteRule({ at: 'portal', port: portals.http });
    await world.statusWhen(({ problem }) => /does not speak TLS/.test(problem?.text ?? ''), 40_000);
    world.network.siteRule({ at: 'open' });
    const { port } = await world.statusWhen(({ tunnel }) => tunnel === 'up', 40_000);
    assert.equal(port, world.grant.port, 'the port number is the same');
    await copies.done;
    await shell.mustBeTheSame(30_000);
  });
});
