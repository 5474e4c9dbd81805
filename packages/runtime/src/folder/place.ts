import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

export type Program = 'sallyport' | 'sallyport-device' | 'sallyport-relay';

/**
 * Where a program keeps what it has: `--data`, else `SALLYPORT_DATA`, else the platform's usual place. That is the
 * user's configuration folder for the representative (`~/.config/sallyport`), the user's data folder for the two
 * servers (`~/.local/share/sallyport-relay`), and `/var/lib/NAME` for a server that runs as root on Linux.
 */
export function dataFolderPath(options: {
  readonly program: Program;
  readonly data?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
}): string {
  const { program, data, env = process.env, uid = process.getuid?.() } = options;
  const named = data || env['SALLYPORT_DATA'];
  if (named) return resolve(named.startsWith('~/') ? join(homedir(), named.slice(2)) : named);
  const usual = envPaths(program, { suffix: '' });
  if (program === 'sallyport') return usual.config;
  return process.platform === 'linux' && uid === 0 ? join('/var/lib', program) : usual.data;
}
