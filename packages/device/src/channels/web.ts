import { Duplex } from 'node:stream';
import { demand, type SessionContext } from './context.ts';
import { openTcp } from './tcp.ts';

/**
 * Connects to the device's web interface: inside this process, where the connection bears the session's mark, or at the
 * address that the vendor configured.
 *
 * @throws scope-refused, target-refused, channel-unreachable, session-closed
 */
export async function openWeb(context: SessionContext): Promise<Duplex> {
  demand(context, 'web', 'web');
  const way = context.options.web.connect(context.session, context.requests.requested);
  if (!(way instanceof Duplex)) return openTcp(context, way, 'web');
  way.on('error', () => {}); // `couple` has its own; until then one is needed.
  return way;
}
