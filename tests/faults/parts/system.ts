/** The system's own programs that make networks and break them. */
import { spawnSync } from 'node:child_process';

/** Runs a program to its end and returns what it wrote. @throws what it said, if it failed */
export function must(command: string, args: readonly string[], input = ''): string {
  const done = spawnSync(command, args, { encoding: 'utf8', input, timeout: 20_000 });
  if (done.error) throw new Error(`${command} could not be started: ${done.error.message}`);
  if (done.status !== 0)
    throw new Error(`${[command, ...args].join(' ')}: ${done.stderr.trim() || `status ${done.status}`}`);
  return done.stdout;
}

/** As `must`, where failing is all right, as when what is to be removed is not there. */
export function attempt(command: string, args: readonly string[], input = ''): string | undefined {
  try {
    return must(command, args, input);
  } catch {
    return undefined;
  }
}
