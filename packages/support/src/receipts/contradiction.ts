import type { Statement } from '@sallyport/protocol/receipt';
import { printable } from '@sallyport/protocol/text';
import type { OwnActs } from './ownActs.ts';

/** By so much two clocks that never jump may differ over a session: what is on its way, and who began when. */
const toleratedMs = 10_000;
/** Of a session that lasts, clocks drift. */
const driftOf = (ms: number): number => toleratedMs + ms / 100;

export type Known = {
  readonly device: { readonly id: string; readonly key: string };
  readonly representative: { readonly id: string; readonly key: string };
  readonly grant: string;
  readonly port: number;
  readonly session: string;
};

/**
 * Where a statement of the device contradicts what this program knows: who, whom, which session, how long, what it did.
 *
 * @returns in a few words; undefined if nowhere
 */
export function contradictionIn(statement: Statement, known: Known, acts: OwnActs): string | undefined {
  const { device, representative, grant, port, session, lastedMs } = statement;
  if (statement.by !== 'device') return 'it is not a statement of the device';
  if (device.id !== known.device.id || device.key !== known.device.key) return 'it is of another device';
  if (representative.id !== known.representative.id || representative.key !== known.representative.key) {
    return 'it is of another representative';
  }
  if (grant !== known.grant || port !== known.port) return 'it is of another grant';
  if (session !== known.session) return 'it is of another session';
  if (Math.abs(lastedMs - acts.lastedMs) > driftOf(acts.lastedMs)) {
    return `it says ${seconds(lastedMs)} where the session lasted ${seconds(acts.lastedMs)}`;
  }
  return inChannels(statement, acts) ?? inFiles(statement, acts);
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;

/** Each channel of ours is there, and none that we did not ask for; where other tools were carried, only the former. */
function inChannels({ channels }: Statement, acts: OwnActs): string | undefined {
  if (channels.items.length < channels.count || acts.more > 0) return undefined;
  const left = new Map<string, { kind: string; what: string; listed: number }>();
  for (const { kind, what } of channels.items) {
    const name = JSON.stringify([kind, what]);
    const one = left.get(name) ?? { kind, what, listed: 0 };
    one.listed += 1;
    left.set(name, one);
  }
  const attempts = new Map<string, { opened: number; asked: number }>();
  for (const { kind, what, opened } of acts.channels) {
    const name = JSON.stringify([kind, what]);
    const one = attempts.get(name) ?? { opened: 0, asked: 0 };
    one.asked += 1;
    if (opened) one.opened += 1;
    attempts.set(name, one);
    if ((left.get(name)?.listed ?? 0) < one.opened) return `it leaves out ${kind} ${printable(what, 100)}`;
  }
  if (acts.carriedSsh) return undefined;
  for (const [name, { kind, what, listed }] of left) {
    if (listed > (attempts.get(name)?.asked ?? 0)) return `it tells of ${kind} ${printable(what, 100)}`;
  }
  return undefined;
}

function inFiles({ files }: Statement, acts: OwnActs): string | undefined {
  const mayHave = acts.carriedSsh || acts.channels.some(({ kind }) => kind === 'files');
  if (files.count === 0 || mayHave) return undefined;
  return `it tells of ${files.count} files where none was copied`;
}
