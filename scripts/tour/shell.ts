import { spawn } from '@lydell/node-pty';
import { programs } from '../stage/program.ts';
import type { Grant, Scene } from './scene.ts';
import { type Play, prove } from './steps.ts';

export type Terminal = {
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the terminal shows what `matches`; what was looked at is not looked at again. */
  shows(matches: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  readonly ended: Promise<number>;
  kill(): void;
};

/** `sallyport connect PORT` in a terminal of its own. */
export function openTerminal(data: string, grant: Grant): Terminal {
  const pty = spawn(programs.support, ['connect', String(grant.port)], {
    cols: 80,
    rows: 24,
    env: { ...process.env, SALLYPORT_DATA: data, TERM: 'xterm' },
  });
  let seen = '';
  let look = (): void => {};
  pty.onData((text) => {
    seen = `${seen}${text}`.slice(-262_144);
    look();
  });
  const ended = new Promise<number>((resolve) => pty.onExit(({ exitCode }) => resolve(exitCode)));
  return {
    ended,
    type: (text) => pty.write(text),
    resize: (columns, rows) => pty.resize(columns, rows),
    kill: () => pty.kill('SIGKILL'),
    shows: (matches, timeoutMs = 10_000) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          look = () => {};
          reject(
            new Error(
              `the terminal did not show ${matches}; it showed: ${JSON.stringify(seen.slice(-2_000))}`,
            ),
          );
        }, timeoutMs);
        look = () => {
          const found = matches.exec(seen);
          if (!found) return;
          clearTimeout(timer);
          look = () => {};
          seen = seen.slice(found.index + found[0].length);
          resolve(found);
        };
        look();
      }),
  };
}

/** Rows and columns, as a program on the device sees them. */
async function sizeSeen(terminal: Terminal): Promise<string | undefined> {
  terminal.type('echo "size=$(stty size)="\r');
  return (await terminal.shows(/size=(\d+ \d+)=/))[1];
}

/** A shell with a PTY, resized. */
export async function shellStep(play: Play, { erin }: Scene, grant: Grant): Promise<void> {
  await play('A shell, resized, ended', async () => {
    const terminal = openTerminal(erin, grant);
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
