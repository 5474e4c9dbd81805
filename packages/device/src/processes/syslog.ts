import { type ChildProcess, spawn } from 'node:child_process';
import { printable } from '@sallyport/protocol/text';
import { shortageOf } from '../errors/index.ts';
import { childDescriptors } from './descriptors.ts';
import { searchPath } from './runUser.ts';

/** What may wait for `logger` to take it; what comes beyond it is left out. */
const waitingBytes = 64 * 1024;
/** What a session can make of lines in an hour: nobody shall fill the disk with them. The audit log counts on. */
export const linesPerHour = 5_000;
const hourMs = 3_600_000;
let logger: ChildProcess | undefined;
let hour = { at: 0, lines: 0 };

/**
 * Tells the device's own syslog who does what, so that it is also where other administrators look (design, section 4,
 * step 9): a line for each session and each channel. Node cannot write to /dev/log: a `logger` does it, a line each, for as long as the agent runs. Best effort, never
 * throws: a device without it has the audit log.
 */
export function tellSyslog(text: string): void {
  const at = Math.floor(performance.now() / hourMs);
  hour = { at, lines: hour.at === at ? hour.lines + 1 : 1 };
  if (hour.lines > linesPerHour) return;
  const more = hour.lines === linesPerHour ? ' (what follows in this hour is in the audit log alone)' : '';
  try {
    logger ??= startLogger();
  } catch {
    return; // There is no descriptor for it.
  }
  const { stdin } = logger;
  if (!stdin?.writable || stdin.writableLength > waitingBytes) return;
  stdin.write(`${printable(text, 500)}${more}\n`);
}

function startLogger(): ChildProcess {
  const child = spawn('logger', ['-t', 'sallyport', '-p', 'auth.notice'], {
    stdio: childDescriptors(['pipe', 'ignore', 'ignore']),
    cwd: '/',
    env: { PATH: searchPath },
  });
  child.on('error', (error) => {
    // Where there is none, it stays: it is not looked for again and again.
    if (shortageOf(error) !== undefined) logger = undefined;
  });
  child.on('exit', () => {
    logger = undefined;
  });
  child.stdin?.on('error', () => {});
  child.unref(); // The agent may end; its end is the logger's.
  if (child.stdin && 'unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return child;
}
