import { grantIdSchema } from '@sallyport/protocol/grant';
import { recordingIdSchema } from '@sallyport/protocol/recording';
import { z } from 'zod';
import { recordingSchema, seenBy, verdictSchema } from '../../recordings/index.ts';
import { type FileRoute, type Route, route } from '../route.ts';

const querySchema = z.strictObject({
  grant: grantIdSchema.optional(),
  before: recordingIdSchema.optional().describe('Only what is older than this recording'),
  limit: z.coerce.number().int().min(1).max(200).default(100),
});

/** What was recorded, and whether it is as it was. A temporary administrator sees their own, and so does a representative. */
export const recordingRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/recordings',
    summary: 'Recordings of terminals and commands, the newest first',
    consent: false,
    query: querySchema,
    answer: z.object({ recordings: z.array(recordingSchema) }),
    async run({ recordings, state }, query, _, visit) {
      const mine = seenBy(visit, state.administrators);
      return { recordings: await recordings.list({ ...query, mine }) };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/recordings/:id/about',
    summary: 'One recording: whose it is, and how it ended',
    consent: false,
    answer: recordingSchema,
    run: ({ recordings, state }, _, { id = '' }, visit) =>
      recordings.view(id, seenBy(visit, state.administrators)),
  }),
  route({
    method: 'GET',
    path: '/v1/recordings/:id/verify',
    summary: 'Whether a recording is as the device wrote it',
    consent: false,
    answer: verdictSchema,
    run: ({ recordings, state }, _, { id = '' }, visit) =>
      recordings.verify(id, seenBy(visit, state.administrators)),
  }),
];

/** The recordings themselves. */
export const recordingFileRoutes: readonly FileRoute[] = [
  {
    path: '/v1/recordings/:id',
    summary: 'A recording as it is: asciicast v3, or encrypted by age',
    consent: false,
    type: 'application/octet-stream',
    async read({ recordings, state }, { id = '' }, visit) {
      return recordings.read(id, seenBy(visit, state.administrators));
    },
  },
];
