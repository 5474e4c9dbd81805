import type { Visit } from '../signIn/index.ts';
import type { Administrators } from '../state/index.ts';
import type { RecordingView } from './view.ts';

/**
 * Which recordings a visitor may see: an administrator all; a temporary one those of their own grant, or made since they
 * were; whoever comes through a session those of its representative.
 */
export function seenBy(
  { account, session }: Visit,
  administrators: Pick<Administrators, 'find'>,
): (view: RecordingView) => boolean {
  if (session) return ({ key }) => key === session.keySha256;
  if (account?.kind !== 'temporary') return () => account !== undefined;
  const found = administrators.find(account.name);
  if (!found) return () => false;
  const { until, since } = found;
  if (until && 'grant' in until) return ({ grant }) => grant === until.grant;
  return ({ from }) => from !== undefined && Date.parse(from) >= since;
}
