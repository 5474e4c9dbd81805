import { grantListSchema } from '@sallyport/protocol/enrolment';
import { printJson, printTable } from '@sallyport/runtime/command';
import { grantRows, grantsForMachines } from '../grants/index.ts';
import { freshIdentity } from '../identity/index.ts';
import { askRelay } from '../relay/index.ts';
import { type CommonOptions, connecting, openCaller } from './start.ts';

/** `grants`: the open grants. */
export async function grants(options: CommonOptions): Promise<void> {
  const caller = await openCaller(options);
  const list = await connecting(caller.clock, async () => {
    const identity = await freshIdentity(caller);
    return askRelay({ ...caller, identity }, { path: '/v1/grants', answer: grantListSchema });
  });
  if (options.json) printJson(grantsForMachines(list));
  else {
    const header = ['PORT', 'DEVICE', 'NAME', 'ENDS', 'SCOPES', 'REFERENCE'];
    printTable(header, grantRows(list, caller.clock.wallMs()), 'No grant is open.');
  }
}
