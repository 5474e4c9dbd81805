import { fail as protocolFail } from '@sallyport/protocol/errors';
import { z } from 'zod';
import type { WebTrials } from '../../web/trials.ts';
import { webTrialSchema, webWishSchema } from '../../web/wish.ts';
import { type ApiSubject, accountOf, type Route, route } from '../route.ts';

/** @throws not-found where the web interface is not made to listen */
function trialsOf({ webTrials }: ApiSubject): WebTrials {
  const trials = webTrials();
  if (!trials) throw protocolFail('not-found');
  return trials;
}

/** Address and certificate of the web interface. */
export const webRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/web/trial',
    summary: 'The change of the web interface that waits to be confirmed, and how the last one ended',
    consent: false,
    answer: webTrialSchema,
    run: (subject, _, __, visit) => trialsOf(subject).view(visit),
  }),
  route({
    method: 'POST',
    path: '/v1/web/trial',
    summary:
      'Set address or certificate of the web interface; taken back unless it is confirmed at the new address in time',
    consent: true,
    body: webWishSchema,
    answer: z.object({ id: z.string(), confirmWithinMs: z.number(), url: z.string() }),
    run: (subject, wish, _, visit) => trialsOf(subject).begin(wish, accountOf(visit).name),
  }),
  route({
    method: 'POST',
    path: '/v1/web/trial/:id/confirm',
    summary: 'Confirm a change of the web interface, at its new address',
    consent: true,
    answer: webTrialSchema,
    async run(subject, _, { id = '' }, visit) {
      const trials = trialsOf(subject);
      await trials.confirm(id, visit);
      return trials.view(visit);
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/web/trial/:id',
    summary: 'Take a change of the web interface back now',
    consent: true,
    answer: webTrialSchema,
    async run(subject, _, { id = '' }, visit) {
      const trials = trialsOf(subject);
      await trials.takeBack(id);
      return trials.view(visit);
    },
  }),
];
