import type { z } from 'zod';
import type { Agent } from '../../agent/agent.ts';
import { fail } from '../../errors/index.ts';
import { accountOf, type Route, route } from '../route.ts';
import {
  answeredSchema,
  answerSchema,
  blockedSchema,
  blockSchema,
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
    told: true,
    body: decisionSchema,
    answer: decidedSchema,
    run({ agent }, { who, approved }, _, visit) {
      const { id, representative, key } = agent.decide(who, approved, accountOf(visit).name);
      return { id, representative, key, approved };
    },
  }),
  route({
    method: 'POST',
    path: '/v1/pauses',
    summary: 'Pause a representative: what they send waits, and nothing is lost; or let it go on',
    consent: true,
    told: true,
    body: pauseSchema,
    answer: pausedSchema,
    run: ({ agent }, { who, paused }, _, visit) => ({
      paused,
      who: [...agent.pause(who, paused, accountOf(visit).name)],
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/cuts',
    summary: 'Cut a representative off: ends all they have, and keeps their key out until the grant ends',
    consent: true,
    told: true,
    body: cutSchema,
    answer: cutAnswerSchema,
    run: async ({ agent }, { who }, _, visit) => ({
      cut: [...(await agent.cut(who, accountOf(visit).name))],
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/blocks',
    summary: 'Keep a key out until the grant ends, whether it was ever in or not; ends all that it has',
    consent: true,
    told: true,
    body: blockSchema,
    answer: blockedSchema,
    run: async ({ agent }, { key }, _, visit) => ({
      blocked: [...(await agent.block(key, accountOf(visit).name))],
    }),
  }),
  route({
    method: 'POST',
    path: '/v1/asks/:id',
    summary: 'Allow what a representative who is in asks for, or refuse it',
    consent: true,
    told: true,
    body: answerSchema,
    answer: answeredSchema,
    run: ({ agent }, { granted }, { id = '' }, visit) => answered(agent, id, granted, accountOf(visit).name),
  }),
  route({
    method: 'POST',
    path: '/v1/asks',
    summary: 'The same for the only question that waits',
    consent: true,
    told: true,
    body: answerSchema,
    answer: answeredSchema,
    run: ({ agent }, { granted }, _, visit) => answered(agent, undefined, granted, accountOf(visit).name),
  }),
  route({
    method: 'DELETE',
    path: '/v1/sessions/:id',
    summary: 'End one session; its representative may come again',
    consent: true,
    told: true,
    answer: statusSchema,
    run({ agent }, _, { id = '' }, visit) {
      if (!agent.endSession(id, accountOf(visit).name)) throw fail('session-unknown');
      return agent.status();
    },
  }),
];

function answered(
  agent: Agent,
  which: string | undefined,
  granted: boolean,
  by: string,
): z.input<typeof answeredSchema> {
  const { id, representative, key, scopes, forMs } = agent.answer(which, granted, by);
  const what = { scopes: [...scopes], ...(forMs === undefined ? {} : { forMs }) };
  return { id, representative, key, what, granted };
}
