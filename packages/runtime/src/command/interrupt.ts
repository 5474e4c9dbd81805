import { fail } from '../errors/index.ts';

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborts with `interrupted` at the first Ctrl-C, hang-up or SIGTERM, so that a command ends in order. A second Ctrl-C or
 * SIGTERM ends the process at once, as the system does by default. A second hang-up does not: nobody is impatient there, it
 * comes from `ssh` and again from the terminal that closes.
 */
export function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => {
    for (const name of endings) process.off(name, abort);
    process.on('SIGHUP', () => {});
    controller.abort(fail('interrupted'));
  };
  for (const name of endings) process.on(name, abort);
  return controller.signal;
}
