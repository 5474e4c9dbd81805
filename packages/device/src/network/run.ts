import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';

const places = ['/usr/sbin', '/sbin', '/usr/bin', '/bin'];
const outputCap = 1024 * 1024;
const deadlineMs = 3_000;
const changeMs = 30_000;

const options = {
  killSignal: 'SIGKILL',
  maxBuffer: outputCap,
  encoding: 'utf8',
  env: { LC_ALL: 'C', PATH: places.join(':') },
} as const;

/** Where a program of the system is; undefined if it is not installed. */
export const findProgram = (program: string): string | undefined =>
  places.map((place) => `${place}/${program}`).find((file) => existsSync(file));

/** Has a program of the system change something. @throws what it said, if it fails or takes more than 30 seconds */
export function carryOut(program: string, args: readonly string[]): Promise<void> {
  const path = findProgram(program);
  if (path === undefined) return Promise.reject(new Error(`${program} is not installed`));
  return new Promise((resolve, reject) => {
    execFile(path, args, { ...options, timeout: changeMs }, (error, _, stderr) => {
      if (!error) return resolve();
      const said = stderr.trim().split('\n')[0] ?? '';
      reject(new Error(`${program}: ${said === '' ? error.message.slice(0, 200) : said.slice(0, 200)}`));
    });
  });
}

/**
 * What a program of the system writes: by its absolute path, in the language that parsers expect. Undefined if it is
 * not there, fails, takes more than three seconds, or says more than 1 MiB.
 */
export function ask(program: string, args: readonly string[]): Promise<string | undefined> {
  const path = findProgram(program);
  if (path === undefined) return Promise.resolve(undefined);
  return new Promise((resolve) => {
    execFile(path, args, { ...options, timeout: deadlineMs }, (error, stdout) =>
      resolve(error ? undefined : stdout),
    );
  });
}
