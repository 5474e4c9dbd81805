import { grantIdSchema } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { loadConfig } from '@sallyport/runtime/config';
import { fail as ownFail } from '@sallyport/runtime/errors';
import { systemRandom } from '@sallyport/runtime/random';
import { putReport, type ReportFlags, reportForm } from '@sallyport/runtime/report';
import { findGrant, listGrants } from '../history/index.ts';
import { recordingsFolder } from '../recordings/folder.ts';
import { RecordingsLook } from '../recordings/look.ts';
import { reportOf } from '../report/index.ts';
import type { Audit } from '../state/index.ts';
import type { CommandFlags } from './flags.ts';
import { deviceFolder, identityOf, withState } from './folder.ts';
import { configSchema } from './settings.ts';

/** Recordings that one report names. */
const recordingsCap = 1_000;

/** `report GRANT`: one grant as a page, a PDF or JSON. Needs no running agent. */
export async function runReport(named: string, flags: CommandFlags & ReportFlags): Promise<void> {
  reportForm(flags); // Wrong use is told before anything is read.
  const folder = deviceFolder(flags.data, { create: false });
  const found = await withState(folder, systemRandom, ({ audit }) => {
    const id = idOf(named, audit);
    return id === undefined ? undefined : findGrant(audit, { sees: 'all' }, id);
  });
  if (!found) {
    throw ownFail('wrong-use', { details: { what: `There was no grant "${printable(named, 40)}" here.` } });
  }
  const look = new RecordingsLook(recordingsFolder(folder.file('recordings')));
  const grant = grantIdSchema.parse(found.grant);
  const recordings = (await look.list({ grant, limit: recordingsCap })).reverse();
  const identity = identityOf(folder).find();
  const { maker } = loadConfig(configSchema, { folder: folder.path });
  const device = {
    id: identity?.id ?? 'not enrolled',
    ...(maker === undefined ? {} : { maker }),
    ...(identity === undefined ? {} : { relay: identity.host }),
  };
  await putReport(reportOf(found, recordings, { device, now: Date.now() }), flags);
}

/** By its id, by a port number that it had (the newest one), or `last`. */
function idOf(named: string, audit: Audit): string | undefined {
  if (grantIdSchema.safeParse(named).success) return named;
  const grants = listGrants(audit, { sees: 'all' }, { limit: 100 });
  if (named === 'last') return grants[0]?.grant;
  return grants.find(({ ports }) => ports.includes(Number(named)))?.grant;
}
