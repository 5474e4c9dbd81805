import { z } from 'zod';
import { connectionTestSchema } from '../../connectionTest/index.ts';
import { lookAtNetwork, networkSchema } from '../../network/index.ts';
import { type Route, route } from '../route.ts';

/** The network as the device has it, and whether it leads to the relay. */
export const networkRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/network',
    summary: 'Interfaces, gateways and DNS servers, and who set them',
    consent: false,
    answer: networkSchema,
    run: () => lookAtNetwork(),
  }),
  route({
    method: 'GET',
    path: '/v1/connection-test',
    summary: 'The connection test that runs, or ran last; and those before it, 50 in all',
    consent: false,
    answer: z.object({
      newest: connectionTestSchema.nullable(),
      history: z.array(connectionTestSchema).describe('The newest first'),
    }),
    run: ({ tests }) => tests.list(),
  }),
  route({
    method: 'POST',
    path: '/v1/connection-test',
    summary: 'Try every way to the relay; /v1/events tells how it goes on, for ten seconds at most',
    consent: true,
    body: z.strictObject({}),
    answer: z.object({ id: z.string() }),
    run({ tests, journal }, _, __, visit) {
      const id = tests.start();
      journal.write('connection-tested-1', { by: visit.account?.name });
      return { id };
    },
  }),
];
