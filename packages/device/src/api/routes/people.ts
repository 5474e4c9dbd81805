import { fail } from '../../errors/index.ts';
import { type Route, route } from '../route.ts';
import {
  cutAnswerSchema,
  cutSchema,
  decidedSchema,
  decisionSchema,
  pausedSchema,
  pauseSchema,
  statusSchema,
} from '../schemas.ts';

/** Who is let in, and who is sent away. */
export const peopleRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/approvals',
    summary: 'Let in, or refuse, a representative who waits',
    consent: true,
    body: decisionSchema,
    answer: decidedSchema,
    run({ agent }, { who, approved }) {
      const { id, representative, key } = agent.decide(who, approved);
      return { id, representative, key, approved };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/pauses',
    summary: 'Pause a representative: what they send waits, and nothing is lost; or let it go on',
    consent: true,
    body: pauseSchema,
    answer: pausedSchema,
    run: ({ agent }, { who, paused }) => ({ paused, who: [...agent.pause(who, paused)] }),
  }),
  route({
    method: 'POST',
    path: '/v1/cuts',
    summary: 'Cut a representative off: ends all they have, and keeps their key out until the grant ends',
    consent: true,
    body: cutSchema,
    answer: cutAnswerSchema,
    run: async ({ agent }, { who }) => ({ cut: [...(await agent.cut(who))] }),
  }),
  route({
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'End one session; its representative may come again',
    consent: true,
    answer: statusSchema,
    run({ agent }, _, { id = '' }) {
      if (!agent.endSession(id)) throw fail('session-unknown');
      return agent.status();
    },
  }),
];
