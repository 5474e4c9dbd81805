import { fail as protocolFail } from '@sallyport/protocol/errors';
import { receiptSchema } from '@sallyport/protocol/receipt';
import {
  findGrant,
  historyGrantSchema,
  historyQuerySchema,
  historySchema,
  listGrants,
  mayHave,
  readerOf,
} from '../../history/index.ts';
import { type Route, route } from '../route.ts';

/** The grants there were, and what happened in them. Everybody sees what they may: `history/reader.ts`. */
export const historyRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/history/grants',
    summary: 'The grants there were, the newest first, as the audit log tells of them',
    consent: false,
    query: historyQuerySchema,
    answer: historySchema,
    run({ state, agent }, query, _, visit) {
      agent.flushAudit();
      return { grants: listGrants(state.audit, readerOf(visit, state), query) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/history/grants/:id',
    summary: 'All that happened in one grant',
    consent: false,
    answer: historyGrantSchema,
    run({ state, agent }, _, { id = '' }, visit) {
      agent.flushAudit();
      const grant = findGrant(state.audit, readerOf(visit, state), id);
      if (!grant) throw protocolFail('not-found');
      return grant;
    },
  }),
  route({
    method: 'GET',
    path: '/v1/receipts/:id',
    summary:
      'The receipt of a session, by its id: what the device signed, and the representative if they did',
    consent: false,
    answer: receiptSchema,
    run({ state }, _, { id = '' }, visit) {
      const found = state.receipts.find(id);
      if (!found || !mayHave(readerOf(visit, state), found)) throw protocolFail('not-found');
      return receiptSchema.parse(JSON.parse(found.receipt));
    },
  }),
];
