import { Readable } from 'node:stream';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { grantIdSchema } from '@sallyport/protocol/grant';
import { receiptSchema } from '@sallyport/protocol/receipt';
import { reportFormats, reportLanguages } from '@sallyport/protocol/report';
import { reportTypes, writeReport } from '@sallyport/runtime/report';
import { z } from 'zod';
import {
  findGrant,
  historyGrantSchema,
  historyQuerySchema,
  historySchema,
  listGrants,
  mayHave,
  readerOf,
} from '../../history/index.ts';
import { seenBy } from '../../recordings/index.ts';
import { reportOf } from '../../report/index.ts';
import { type FileRoute, type Route, route } from '../route.ts';

/** Recordings that one report names. */
const recordingsCap = 1_000;

const reportQuerySchema = z.strictObject({
  format: z.enum(reportFormats).default('html'),
  language: z.enum(reportLanguages).default('en'),
});

/** Reports. Of a grant each sees what they may see of its history, and the recordings that they may see. */
export const reportRoutes: readonly FileRoute[] = [
  {
    path: '/v1/history/grants/:id/report',
    summary: 'One grant on a page that stands alone, for people: as HTML, PDF or JSON',
    consent: false,
    query: reportQuerySchema,
    type: 'text/html; charset=utf-8',
    async read({ agent, state, recordings, device, clock }, { id = '' }, visit, query) {
      const { format, language } = reportQuerySchema.parse(query);
      agent.flushAudit();
      const found = findGrant(state.audit, readerOf(visit, state), id);
      if (!found) throw protocolFail('not-found');
      const grant = grantIdSchema.parse(found.grant);
      const mine = seenBy(visit, state.administrators);
      const seen = (await recordings.list({ grant, limit: recordingsCap, mine })).reverse();
      const { relay } = agent.status();
      const { name, maker } = device();
      const reported = {
        id: relay?.device ?? 'not enrolled',
        name,
        ...(maker === undefined ? {} : { maker }),
        ...(relay ? { relay: relay.host } : {}),
      };
      const report = reportOf(found, seen, { device: reported, now: clock.wallMs() });
      const written = await writeReport(report, { format, language });
      return {
        stream: Readable.from([written]),
        bytes: written.length,
        name: `report-${id.slice(0, 8)}.${format}`,
        type: reportTypes[format],
      };
    },
  },
];

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
