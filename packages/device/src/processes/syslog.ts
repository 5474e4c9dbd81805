import { spawn } from 'node:child_process';
import { printable } from '@sallyport/protocol/text';
import { childDescriptors } from './descriptors.ts';
import { searchPath } from './runUser.ts';

const mostAtOnce = 16;
const patienceMs = 5_000;
let under = 0;

/**
 * Tells the device's own syslog who does what, so that it is also where other administrators look (design, section 4,
 * step 9). Node cannot write to /dev/log: `logger` does it. Best effort: a device without it has the audit log.
 */
export function tellSyslog(text: string): void {
  if (under >= mostAtOnce) return;
  under += 1;
  const { stdio, release } = childDescriptors(['ignore', 'ignore', 'ignore']);
  const logger = spawn('logger', ['-t', 'sallyport', '-p', 'auth.notice', '--', printable(text, 500)], {
    stdio,
    cwd: '/',
    env: { PATH: searchPath },
    timeout: patienceMs,
  });
  release();
  logger.unref();
  let over = false;
  const done = (): void => {
    if (!over) under -= 1;
    over = true;
  };
  logger.on('error', done);
  logger.on('exit', done);
}
