import { z } from 'zod';
import { connectionTestSchema } from '../../connectionTest/index.ts';
import { lookAtNetwork, networkSchema } from '../../network/index.ts';
import { networkWishSchema, trialSchema } from '../../networkChange/index.ts';
import type { Visit } from '../../signIn/index.ts';
import { type Route, route } from '../route.ts';

const nameOf = ({ account }: Visit): string => account?.name ?? 'root';

/** The network as the device has it, and whether it leads to the relay. */
export const networkRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/network',
    summary: 'Interfaces, gateways and DNS servers, and who set them',
    consent: false,
    answer: networkSchema.extend({
      manage: z
        .boolean()
        .describe('Whether the network may be changed here: the maker of the device decides'),
    }),
    run: async ({ trials }) => ({ ...(await lookAtNetwork()), manage: trials.allowed }),
  }),
  route({
    method: 'GET',
    path: '/v1/network/trial',
    summary: 'The change of the network that waits to be confirmed, and how the last one ended',
    consent: false,
    answer: trialSchema,
    run: ({ trials }) => trials.view(),
  }),
  route({
    method: 'POST',
    path: '/v1/network/trial',
    summary:
      'Set one network port, a moment after the answer; it is taken back unless it is confirmed in time',
    consent: true,
    body: networkWishSchema,
    answer: z.object({ id: z.string(), confirmWithinMs: z.number() }),
    run: ({ trials }, wish, _, visit) => trials.begin(wish, nameOf(visit)),
  }),
  route({
    method: 'POST',
    path: '/v1/network/trial/:id/confirm',
    summary: 'Confirm a change of the network: it stays',
    consent: true,
    answer: trialSchema,
    async run({ trials }, _, { id = '' }, visit) {
      await trials.confirm(id, nameOf(visit));
      return trials.view();
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/network/trial/:id',
    summary: 'Take a change of the network back now',
    consent: true,
    answer: trialSchema,
    async run({ trials }, _, { id = '' }) {
      await trials.takeBack(id);
      return trials.view();
    },
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
    told: true,
    body: z.strictObject({}),
    answer: z.object({ id: z.string() }),
    run({ tests, journal }, _, __, visit) {
      const id = tests.start();
      journal.write('connection-tested-1', { by: visit.account?.name });
      return { id };
    },
  }),
];
