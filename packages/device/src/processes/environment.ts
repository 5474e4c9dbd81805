import { printable } from '@sallyport/protocol/text';
import type { RunUser } from './runUser.ts';
import { searchPath } from './runUser.ts';

/** What every process of a session carries in its environment, so that people and the agent know whose it is. */
export type SessionMark = {
  readonly representative: string;
  readonly session: string;
  readonly grant: string;
  /** Which agent started it; see `agentMark`. */
  readonly agent: string;
};

const longestValue = 256;
const acceptedNames = /^(?:LANG|TERM|LC_[A-Z_]{1,32})$/;
/** No slash: these reach programs that run before the user is switched, and some libraries take a path here. */
const acceptedValues = /^[A-Za-z0-9_.,:;@=+ -]*$/;

/** Whether a representative may set this variable: `LANG`, `LC_*` and `TERM`, without a path in it. */
export function acceptsVariable(name: string, value: string): boolean {
  return acceptedNames.test(name) && value.length <= longestValue && acceptedValues.test(value);
}

/**
 * The whole environment of a session's process. Nothing of the agent's own comes along: it may hold secrets, and
 * variables such as NODE_OPTIONS or LD_PRELOAD change what programs do.
 */
export function sessionEnvironment(
  user: RunUser,
  mark: SessionMark,
  requested: ReadonlyMap<string, string> = new Map(),
): Record<string, string> {
  const accepted = [...requested].filter(([name, value]) => acceptsVariable(name, value));
  return {
    LANG: 'C.UTF-8',
    ...Object.fromEntries(accepted),
    HOME: user.home,
    USER: user.name,
    LOGNAME: user.name,
    SHELL: user.shell,
    PATH: searchPath,
    SALLYPORT_REPRESENTATIVE: printable(mark.representative),
    SALLYPORT_SESSION: mark.session,
    SALLYPORT_GRANT: mark.grant,
    SALLYPORT_AGENT: mark.agent,
  };
}
