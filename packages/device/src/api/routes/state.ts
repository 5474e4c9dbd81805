import { narrowed, readerOf } from '../../history/index.ts';
import { type Route, route } from '../route.ts';
import { auditQuerySchema, auditSchema, statusSchema } from '../schemas.ts';

/** How the device stands, and what happened on it. */
export const stateRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/status',
    summary: 'How Remote Support stands',
    consent: false,
    answer: statusSchema,
    run: ({ agent }) => agent.status(),
  }),
  route({
    method: 'POST',
    path: '/v1/identity',
    summary: 'Say that the identity on the disk was replaced: the tunnel is made anew',
    consent: true,
    answer: statusSchema,
    run({ agent }) {
      agent.identityChanged();
      return agent.status();
    },
  }),
  route({
    method: 'GET',
    path: '/v1/audit',
    summary: 'The audit log, the newest first, 200 entries at most',
    consent: false,
    query: auditQuerySchema,
    answer: auditSchema,
    run({ state, journal, agent }, { limit, ...filter }, _, visit) {
      // What the reader themselves did a moment ago is in it.
      journal.flush();
      agent.flushAudit();
      const entries = state.audit.list(limit, { ...filter, ...narrowed(readerOf(visit, state)) });
      return { entries: entries.map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })) };
    },
  }),
];
