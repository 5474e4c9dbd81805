import { rootSha256 } from '@sallyport/protocol/identity';
import { printable } from '@sallyport/protocol/text';
import { fail as ownFail } from '@sallyport/runtime/errors';
import { putReport, type ReportFlags, reportForm } from '@sallyport/runtime/report';
import { readPublicIdentity } from '../identity/index.ts';
import { readReceipts, reportOf } from '../report/index.ts';
import { type CommonOptions, openData } from './start.ts';

/** `report PORT`: what was done in a grant, by the receipts that are kept here. Asks nobody. */
export async function report(named: string, options: CommonOptions & ReportFlags): Promise<void> {
  reportForm(options); // Wrong use is told before anything is read.
  const data = openData(options).path;
  const { authority, relay } = readPublicIdentity(data);
  const receipts = readReceipts(data, named.replace(/\.sallyport$/, ''), rootSha256(authority));
  if (receipts.length === 0) {
    const what = `There is no receipt of "${printable(named, 40)}" here: a session leaves one when it ends.`;
    throw ownFail('wrong-use', { details: { what } });
  }
  await putReport(reportOf(receipts, { relay: relay.host, now: Date.now() }), options);
}
