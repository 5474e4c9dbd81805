import type { z } from 'zod';
import type { Agent } from '../../agent/agent.ts';
import { fail } from '../../errors/index.ts';
import { rememberChoices } from '../choices.ts';
import { accountOf, type Route, route } from '../route.ts';
import { enabledSchema, enableSchema, extendSchema, passwordSchema, statusSchema } from '../schemas.ts';

/** Enable, extend, disable, and the one-time password. */
export const grantRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/grant',
    summary: 'Enable Remote Support',
    consent: true,
    told: true,
    body: enableSchema,
    answer: enabledSchema,
    run(subject, body, _, visit) {
      const { agent } = subject;
      const { forMs: durationMs, scopes, approval, reference } = body;
      agent.enable({ durationMs, scopes, approval, reference }, accountOf(visit).name);
      rememberChoices(subject, body);
      return { ...agent.status(), otp: agent.password()?.grouped() ?? '' };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/grant',
    summary: 'Disable Remote Support: ends everything at once',
    consent: true,
    told: true,
    answer: statusSchema,
    async run({ agent }, _, __, visit) {
      await agent.disable(accountOf(visit).name);
      return agent.status();
    },
  }),
  route({
    method: 'POST',
    path: '/v1/grant/extension',
    summary: 'Set the end anew, counted from now; never beyond 24 hours from Enable',
    consent: true,
    told: true,
    body: extendSchema,
    answer: statusSchema,
    run({ agent }, body, _, visit) {
      agent.extend(body.forMs, accountOf(visit).name);
      return agent.status();
    },
  }),
  route({
    method: 'GET',
    path: '/v1/grant/password',
    summary: 'The one-time password, while it is live',
    consent: true,
    answer: passwordSchema,
    run: ({ agent }) => password(agent),
  }),
  route({
    method: 'POST',
    path: '/v1/grant/password',
    summary: 'Make a new one-time password; the one before is worth nothing any more',
    consent: true,
    told: true,
    answer: passwordSchema,
    run({ agent }, _, __, visit) {
      agent.newPassword(accountOf(visit).name);
      return password(agent);
    },
  }),
];

function password(agent: Agent): z.input<typeof passwordSchema> {
  const { otp: state, port } = agent.status();
  if (state === undefined) throw fail('not-enabled');
  const otp = agent.password()?.grouped();
  return { state, ...(otp === undefined ? {} : { otp }), ...(port === undefined ? {} : { port }) };
}
