import type { Duplex } from 'node:stream';
import type { SessionContext } from '../channels/context.ts';
import { SshConnection } from './connection.ts';

/** Serves SSH on a stream of a session, until it closes. @throws when the grant's host key cannot be read */
export function serveSsh(context: SessionContext, stream: Duplex): void {
  new SshConnection(context, stream);
}
