import { isRunning } from '../stage/processes.ts';
import type { Grant, Scene } from './scene.ts';
import { connectTerminal } from './shell.ts';
import { type Play, prove } from './steps.ts';

/** Disable in the middle of a shell. */
export async function disableStep(play: Play, { stage, erin }: Scene, grant: Grant): Promise<void> {
  await play('Disable in the middle of a shell', async () => {
    const terminal = connectTerminal(erin, grant);
    try {
      terminal.type(`setsid sh -c 'echo "pid=$$="; exec sleep 600' &\r`);
      const pid = Number((await terminal.shows(/pid=(\d+)=/))[1]);
      prove(isRunning(pid), 'the process in the background does not run');
      const started = performance.now();
      const { status, stderr } = await stage.device(['disable']);
      prove(status === 0, stderr);
      await terminal.ended;
      const tookMs = performance.now() - started;
      prove(!isRunning(pid), 'a process that the session started still runs');
      const again = await stage.sallyport(erin, ['exec', String(grant.port), '--', 'true']);
      prove(again.status === 253, `after Disable exec ended with ${again.status}`);
      return `the shell and what it left in the background ended ${Math.round(tookMs)} ms after the command began; no way back in`;
    } finally {
      terminal.kill();
    }
  });
}
