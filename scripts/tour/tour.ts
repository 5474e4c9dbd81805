/** The whole story, on this machine, in a folder of its own: every step with real programs, checked. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEcho } from '../stage/echo.ts';
import { freePorts } from '../stage/ports.ts';
import { setStage } from '../stage/stage.ts';
import { copySteps } from './copies.ts';
import { disableStep } from './disable.ts';
import { entrySteps } from './entry.ts';
import { pageStep } from './page.ts';
import { reachSteps } from './reach.ts';
import type { Scene } from './scene.ts';
import { shellStep } from './shell.ts';
import { player, StepFailed } from './steps.ts';

/** @returns the exit code: 0 only if every step held */
export async function playTour(): Promise<0 | 1> {
  const started = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-tour-'));
  const [first = 0, second = 0, webPort = 0] = await freePorts(3);
  const echo = await startEcho();
  const { play, count } = player(console.log);
  const home = join(folder, 'home');
  mkdirSync(home);
  const stage = await setStage({ folder, relayPorts: [first, second], webPort, home });
  try {
    let scene: Scene | undefined;
    await play('A relay, a device, two representatives', async () => {
      const relay = await stage.startRelay();
      const device = await stage.startDevice();
      const erin = await stage.representative('erin@maker.example');
      const mallory = await stage.representative('mallory@maker.example');
      scene = { stage, folder, relay, device, erin, mallory, echo };
      return `each with a key and certificate of its own; the relay listens on 127.0.0.1:${first} and :${second}`;
    });
    if (!scene) throw new StepFailed('the set-up');
    await pageStep(play, scene);
    const grant = await entrySteps(play, scene);
    await shellStep(play, scene, grant);
    await copySteps(play, scene, grant);
    await reachSteps(play, scene, grant);
    await disableStep(play, scene, grant);
    console.log(`\n${count()} steps held, in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
    return 0;
  } catch (error) {
    if (!(error instanceof StepFailed)) console.error(error);
    console.error('\nThe tour ended early: that step did not hold.');
    return 1;
  } finally {
    await stage.end();
    echo.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
