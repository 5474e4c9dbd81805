import type { ChannelSession, WebRequest } from '../channels/index.ts';

type Mark = { readonly session: ChannelSession; readonly requested: (request: WebRequest) => void };

const marks = new WeakMap<object, Mark>();

/**
 * Connections of the agent's web interface that came through a session bear its mark, in this process and nowhere else:
 * no header that a request could carry or leave out (design, section 4, step 9).
 *
 * @param requested told of each request that was answered
 */
export function markConnection(
  connection: object,
  session: ChannelSession,
  requested: (request: WebRequest) => void = () => {},
): void {
  marks.set(connection, { session, requested });
}

/** The session through which a connection came; undefined for one that was made on the device itself. */
export function sessionOf(connection: object): ChannelSession | undefined {
  return marks.get(connection)?.session;
}

/** Whom to tell of a request that came through a session. */
export function requestedThrough(connection: object): ((request: WebRequest) => void) | undefined {
  return marks.get(connection)?.requested;
}
