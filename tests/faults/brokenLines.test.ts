import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { form, patienceMs, seed } from './parts/form.ts';
import type { Network } from './parts/network.ts';
import { openShell, type Shell, startCopies } from './parts/traffic.ts';
import { makeWorld, type World } from './parts/world.ts';

let world: World;
let shell: Shell;
before(async () => {
  world = await makeWorld(seed);
  world.network.takeCable(form.fastRate);
  shell = await openShell(world);
});
after(() => world?.end());

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

describe(`shell, scp, rsync and forward (${form.name} form, seed ${seed})`, () => {
  it('go on after everything was swallowed for a while, without a word to either side', async () => {
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
      const copies = startCopies(world, form.fastBytes, patienceMs);
      await copies.underWay();
      move(world.network);
      await copies.done;
      await shell.mustBeTheSame(30_000);
    });
  }
  it('go on behind a router that has forgotten connections on which nothing was said', async () => {
    world.network.natForgetsAfter(2);
    await shell.mustBeTheSame(30_000);
    await sleep(form.forgetMs); // So long nothing is said, and the router forgets.
    world.network.natForgetsAfter(432_000);
    await shell.mustBeTheSame(60_000);
    await startCopies(world, form.fastBytes, patienceMs).done;
  });
});
