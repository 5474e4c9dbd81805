import type { ChannelSession } from '../channels/index.ts';

const marks = new WeakMap<object, ChannelSession>();

/**
 * Connections of the agent's web interface that came through a session bear its mark, in this process and nowhere else:
 * no header that a request could carry or leave out (design, section 4, step 9).
 */
export function markConnection(connection: object, session: ChannelSession): void {
  marks.set(connection, session);
}

/** The session through which a connection came; undefined for one that was made on the device itself. */
export function sessionOf(connection: object): ChannelSession | undefined {
  return marks.get(connection);
}
