import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { form, patienceMs, seed } from './parts/form.ts';
import type { Network } from './parts/network.ts';
import { openPortal } from './parts/portal.ts';
import { openShell, type Shell, startCopies } from './parts/traffic.ts';
import { makeWorld, type World } from './parts/world.ts';

/** Each of them waits for the same 20 s of silence: the short form tries two at once. */
const moves: { who: string; move: (network: Network) => void }[] = [
  {
    who: 'device and representative get',
    move: (network) => {
      network.moveDevice(20);
      network.moveRepresentative(20);
    },
  },
];
if (form.name === 'long') {
  moves.push(
    { who: 'the device gets', move: (network) => network.moveDevice(30) },
    { who: 'the representative gets', move: (network) => network.moveRepresentative(30) },
    { who: "the site's router gets", move: (network) => network.siteRule({ at: 'other-address' }) },
  );
}

/** A world for the tests around this call, with a shell that stays open through all of them. */
function ownWorld(): { world: World; shell: Shell } {
  const own = {} as { world: World; shell: Shell };
  before(async () => {
    own.world = await makeWorld(seed);
    own.world.network.takeCable(form.fastRate);
    own.shell = await openShell(own.world);
  });
  after(() => own.world?.end());
  return own;
}

// Two worlds side by side: most of the time both only wait.
describe(`shell, scp, rsync and forward (${form.name} form, seed ${seed})`, { concurrency: 2 }, () => {
  describe('on lines that are slow, and through what stands on the way', { concurrency: 1 }, () => {
    const own = ownWorld();
    it('work over 200 ms with 5 % of all packets lost', async () => {
      const { world, shell } = own;
      world.network.takeWire({ delayMs: 100, loss: 0.05 });
      await startCopies(world, form.lossyBytes, patienceMs).done;
      await shell.mustBeTheSame(30_000);
      const { packets, lost } = world.network.wireCount();
      assert.ok(lost > packets / 40, `${lost} of ${packets} packets were lost`);
    });
    it('work over 64 kbit/s', async () => {
      const { world, shell } = own;
      world.network.takeCable('64kbit');
      await startCopies(world, form.narrowBytes, patienceMs).done;
      await shell.mustBeTheSame(30_000);
    });
    it('go on where the relay was killed and started again', async () => {
      const { world, shell } = own;
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
      const { world, shell } = own;
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
    it('go on behind a router that has forgotten connections on which nothing was said', async () => {
      const { world, shell } = own;
      world.network.natForgetsAfter(2);
      await shell.mustBeTheSame(30_000);
      await sleep(form.forgetMs); // So long nothing is said, and the router forgets.
      world.network.natForgetsAfter(432_000);
      await shell.mustBeTheSame(60_000);
      await startCopies(world, form.fastBytes, patienceMs).done;
    });
  });

  describe('on lines that break without a word', { concurrency: 1 }, () => {
    const own = ownWorld();
    it('go on after everything was swallowed for a while, without a word to either side', async () => {
      const { world, shell } = own;
      const copies = startCopies(world, form.fastBytes, patienceMs);
      await copies.underWay();
      world.network.siteRule({ at: 'hole' });
      await sleep(form.holeMs); // The fault itself, not a wait for something.
      world.network.siteRule({ at: 'open' });
      await copies.done;
      await shell.mustBeTheSame(30_000);
    });
    for (const { who, move } of moves) {
      it(`go on when ${who} another address`, async () => {
        const { world, shell } = own;
        const copies = startCopies(world, form.fastBytes, patienceMs);
        await copies.underWay();
        move(world.network);
        await copies.done;
        await shell.mustBeTheSame(30_000);
      });
    }
  });
});
