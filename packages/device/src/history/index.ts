export { summaryEvents, tellGrant } from './fold.ts';
export { entriesCap, findGrant, listGrants } from './history.ts';
export { mayHave, narrowed, type Reader, readerOf } from './reader.ts';
export {
  type HistoryGrant,
  type HistorySession,
  type HistorySummary,
  historyGrantSchema,
  historyQuerySchema,
  historySchema,
} from './schema.ts';
