/** A program in a terminal of its own, as a person sees it. */
import { spawn } from '@lydell/node-pty';

export type Terminal = {
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Waits until the terminal shows what `matches`; what was looked at is not looked at again. */
  shows(matches: RegExp, timeoutMs?: number): Promise<RegExpExecArray>;
  /** All that it showed and that was not looked at yet. */
  seen(): string;
  /** The exit code. */
  readonly ended: Promise<number>;
  kill(): void;
};

const open = new Set<Terminal>();

/** Kills what a test that failed has left open. */
export function killTerminals(): void {
  for (const terminal of open) terminal.kill();
}

export function openTerminal(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Terminal {
  const pty = spawn(command, args, {
    cols: 80,
    rows: 24,
    env: { ...process.env, TERM: 'xterm', ...env } as { [name: string]: string },
  });
  let seen = '';
  const looking = new Set<() => void>();
  pty.onData((text) => {
    seen = `${seen}${text}`.slice(-262_144);
    for (const look of looking) look();
  });
  const terminal: Terminal = {
    ended: new Promise((resolve) =>
      pty.onExit(({ exitCode }) => {
        open.delete(terminal);
        resolve(exitCode);
      }),
    ),
    type: (text) => pty.write(text),
    resize: (columns, rows) => pty.resize(columns, rows),
    seen: () => seen,
    kill: () => pty.kill('SIGKILL'),
    shows: (matches, timeoutMs = 20_000) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void): void => {
          clearTimeout(timer);
          looking.delete(look);
          act();
        };
        const timer = setTimeout(() => {
          const shown = JSON.stringify(seen.slice(-2_000));
          settle(() => reject(new Error(`the terminal did not show ${matches}; it showed: ${shown}`)));
        }, timeoutMs);
        const look = (): void => {
          const found = matches.exec(seen);
          if (!found) return;
          seen = seen.slice(found.index + found[0].length);
          settle(() => resolve(found));
        };
        looking.add(look);
        look();
      }),
  };
  open.add(terminal);
  return terminal;
}
