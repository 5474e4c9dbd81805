import { constants } from 'node:os';

/** How a remote program ended, as `ssh2` tells it: its status, or null and the signal that ended it (without "SIG"). */
export type RemoteExit = { readonly code: number | null; readonly signal?: string | undefined };

/** The status that a shell would give: of a signal 128 and its number (RFC 4254, section 6.10). */
export function statusOf({ code, signal }: RemoteExit): number {
  if (code !== null) return code & 0xff;
  const number = constants.signals[`SIG${signal?.replace(/^SIG/, '')}` as NodeJS.Signals];
  return 128 + (number ?? 0);
}
