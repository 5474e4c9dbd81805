import type { z } from 'zod';
import type { Agent } from '../agent/agent.ts';
import { fail } from '../errors/index.ts';
import type { Audit } from '../state/index.ts';
import {
  auditSchema,
  cutAnswerSchema,
  cutSchema,
  decidedSchema,
  decisionSchema,
  enabledSchema,
  enableSchema,
  extendSchema,
  passwordSchema,
  statusSchema,
} from './schemas.ts';

/** What the API works on. */
export type ApiSubject = { readonly agent: Agent; readonly audit: Audit };

/** One route: what it takes and gives, and whether it is the administrator's consent that it changes or tells. */
export type Route = {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: `/v1/${string}`;
  readonly summary: string;
  /** Refused to whoever comes through a session, whoever is signed in (design, section 4, step 9). */
  readonly consent: boolean;
  readonly body?: z.ZodType;
  readonly answer: z.ZodType;
  readonly run: (subject: ApiSubject, body: unknown, parameters: Record<string, string>) => unknown;
};

/** Keeps the type of the body between its schema and its function. */
function route<B extends z.ZodType = z.ZodUndefined, A extends z.ZodType = z.ZodType>(
  definition: Omit<Route, 'body' | 'answer' | 'run'> & {
    readonly body?: B;
    readonly answer: A;
    readonly run: (
      subject: ApiSubject,
      body: z.output<B>,
      parameters: Record<string, string>,
    ) => z.input<A> | Promise<z.input<A>>;
  },
): Route {
  // The server calls `run` with what `body` has parsed, and with nothing else.
  return definition as unknown as Route;
}

/** Every route of the API but the two streams of it: `/v1/events` and `/v1/openapi.json`. */
export const routes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/status',
    summary: 'How Remote Support stands',
    consent: false,
    answer: statusSchema,
    run: ({ agent }) => agent.status(),
  }),
  route({
    method: 'POST',
    path: '/v1/grant',
    summary: 'Enable Remote Support',
    consent: true,
    body: enableSchema,
    answer: enabledSchema,
    run({ agent }, body) {
      agent.enable({
        durationMs: body.forMs,
        scopes: body.scopes,
        approval: body.approval,
        reference: body.reference,
      });
      return { ...agent.status(), otp: agent.password()?.grouped() ?? '' };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/grant',
    summary: 'Disable Remote Support: ends everything at once',
    consent: true,
    answer: statusSchema,
    async run({ agent }) {
      await agent.disable();
      return agent.status();
    },
  }),
  route({
    method: 'POST',
    path: '/v1/grant/extension',
    summary: 'Set the end anew, counted from now; never beyond 24 hours from Enable',
    consent: true,
    body: extendSchema,
    answer: statusSchema,
    run({ agent }, body) {
      agent.extend(body.forMs);
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
    answer: passwordSchema,
    run({ agent }) {
      agent.newPassword();
      return password(agent);
    },
  }),
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
  route({
    method: 'POST',
    path: '/v1/identity',
    summary: 'Say that the identity on the disk was replaced: the tunnel is made anew',
    consent: true,
    answer: statusSchema,
    run({ agent }) {
      agent.identityChanged();
      return agent.status();
    },
  }),
  route({
    method: 'GET',
    path: '/v1/audit',
    summary: 'The newest 200 entries of the audit log',
    consent: false,
    answer: auditSchema,
    run: ({ audit }) => ({ entries: audit.list(200) }),
  }),
];

function password(agent: Agent): z.input<typeof passwordSchema> {
  const { otp: state, port } = agent.status();
  if (state === undefined) throw fail('not-enabled');
  const otp = agent.password()?.grouped();
  return { state, ...(otp === undefined ? {} : { otp }), ...(port === undefined ? {} : { port }) };
}
