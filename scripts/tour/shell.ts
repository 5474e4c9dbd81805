import { programs } from '../stage/program.ts';
import { openTerminal, type Terminal } from '../stage/terminal.ts';
import type { Grant, Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

/** `sallyport connect PORT` in a terminal of its own. */
export const connectTerminal = (data: string, grant: Grant): Terminal =>
  openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: data });

/** Rows and columns, as a program on the device sees them. */
async function sizeSeen(terminal: Terminal): Promise<string | undefined> {
  terminal.type('echo "size=$(stty size)="\r');
  return (await terminal.shows(/size=(\d+ \d+)=/))[1];
}

/** A shell with a PTY, resized. */
export async function shellStep(play: Play, { erin }: Scene, grant: Grant): Promise<void> {
  await play('A shell, resized, ended', async () => {
    const terminal = connectTerminal(erin, grant);
    try {
      const before = await sizeSeen(terminal);
      terminal.resize(132, 43);
      // A resize travels as a signal, typing as bytes: the first question may overtake it, as with any terminal.
      let after = before;
      for (let asked = 0; after === before && asked < 20; asked += 1) after = await sizeSeen(terminal);
      prove(before === '24 80' && after === '43 132', `the sizes were ${before} and ${after}`);
      terminal.type('exit 5\r');
      const status = await terminal.ended;
      prove(status === 5, `the shell's status was ${status}, not 5`);
      return 'a real terminal: 80 × 24 became 132 × 43, and status 5 came back';
    } finally {
      terminal.kill();
    }
  });
}
