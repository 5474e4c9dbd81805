import { fail } from '../errors/index.ts';
import { type Containment, endLeftovers as endAll } from './containment.ts';
import { ProcessesLeft } from './processesLeft.ts';

/** More of them are nothing that anybody reads. */
const mostPids = 20;

/** What is told to people of processes that have not ended: `processes-left`. Any other error stays what it is. */
export function tellLeft(error: unknown): unknown {
  if (!(error instanceof ProcessesLeft)) return error;
  const { length } = error.pids;
  const first = error.pids.slice(0, mostPids).join(', ');
  const more = length > mostPids ? ` and ${length - mostPids} more` : '';
  const pids = length === 0 ? 'which ones could not be seen' : `${first}${more}`;
  return fail('processes-left', { details: { pids }, cause: error });
}

/**
 * Ends the processes that an earlier agent left behind when it was killed. `serve` calls this before it takes sessions.
 *
 * @returns how processes will be held from now on
 * @throws processes-left
 */
export async function endLeftovers(configured?: string): Promise<Containment['kind']> {
  try {
    return await endAll(configured);
  } catch (error) {
    throw tellLeft(error);
  }
}
