import { fail } from '@sallyport/protocol/errors';
import type { Revocation } from '../revocations/index.ts';
import type { Node } from './context.ts';

/** What a revocation does at a node: cuts, refuses, tells. */
export function carryOutRevocation({ live, waiting, hub, log }: Node, revocation: Revocation): void {
  const { kind, subject } = revocation;
  log.info('revocation-1', { kind, subject });
  const concerned = (parties: { device: string; representative: string }): boolean =>
    kind === 'device' ? parties.device === subject : parties.representative === subject;
  live.cut(kind === 'device' ? 'removed' : 'revoked', concerned);
  waiting.refuse(fail('identity-revoked', { leg: 'relay' }), concerned);
  if (kind === 'device') {
    hub.end(fail('identity-revoked'), (tunnel) => tunnel.device === subject);
    return;
  }
  hub.broadcast({
    type: 'revoked',
    key: revocation.key_sha256,
    representative: subject,
    reason: revocation.reason.slice(0, 200),
  });
}

/** Without the database nothing may go on: the node could not learn of revocations. */
export function endEverything({ live, waiting, hub }: Node): void {
  live.cut('database-lost', () => true);
  waiting.refuse(fail('relay-database-lost', { leg: 'relay' }), () => true);
  hub.end(fail('relay-database-lost'), () => true);
}
