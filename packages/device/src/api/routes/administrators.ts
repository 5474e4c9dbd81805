import { z } from 'zod';
import { longestPassword } from '../../state/index.ts';
import { type ApiSubject, type Route, route } from '../route.ts';

const time = z.string().describe('ISO 8601, UTC');
const name = z.string().min(1).max(64);
const hourMs = 3_600_000;

const administratorsSchema = z.object({
  administrators: z.array(
    z.object({
      name: z.string(),
      since: time,
      temporary: z.boolean(),
      withGrant: z.boolean().describe('Whether it ends with the grant'),
      until: time.optional(),
      totp: z.boolean(),
      lastSignIn: time.optional(),
    }),
  ),
});

function list({ signIn }: ApiSubject): z.input<typeof administratorsSchema> {
  const iso = (ms: number): string => new Date(ms).toISOString();
  return {
    administrators: signIn.accounts.list().map(({ account, lastSignIn, ...one }) => ({
      name: one.name,
      since: iso(one.since),
      temporary: one.temporary,
      withGrant: one.until !== undefined && 'grant' in one.until,
      totp: one.totp,
      ...(account?.until === undefined ? {} : { until: iso(account.until) }),
      ...(lastSignIn === undefined ? {} : { lastSignIn: iso(lastSignIn) }),
    })),
  };
}

/** The accounts of the web interface. */
export const administratorRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/administrators',
    summary: 'The administrators',
    consent: false,
    answer: administratorsSchema,
    run: (subject) => list(subject),
  }),
  route({
    method: 'POST',
    path: '/v1/administrators',
    summary: 'Add an administrator',
    consent: true,
    told: true,
    body: z.strictObject({
      name,
      password: z
        .string()
        .min(1)
        .max(4 * longestPassword),
    }),
    answer: administratorsSchema,
    async run(subject, body, _, visit) {
      await subject.signIn.accounts.add(visit, body.name, body.password);
      return list(subject);
    },
  }),
  route({
    method: 'POST',
    path: '/v1/administrators/temporary',
    summary: 'Add an administrator who ends with the grant or after a time; the password is told once',
    consent: true,
    told: true,
    body: z.strictObject({
      name: name.optional().describe('Made up if left out'),
      until: z.union([
        z.literal('grant'),
        z.strictObject({
          ms: z
            .number()
            .int()
            .min(hourMs / 6)
            .max(30 * 24 * hourMs)
            .describe('Milliseconds from now, from 10 minutes to 30 days'),
        }),
      ]),
    }),
    answer: z.object({ name: z.string(), password: z.string(), until: time }),
    async run({ signIn }, body, _, visit) {
      const made = await signIn.accounts.addTemporary(visit, body);
      return { ...made, until: new Date(made.until).toISOString() };
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/administrators/:name',
    summary: 'Remove an administrator; their sign-ins end',
    consent: true,
    told: true,
    answer: administratorsSchema,
    run(subject, _, { name: who = '' }, visit) {
      subject.signIn.accounts.remove(visit, who);
      return list(subject);
    },
  }),
];
