import { z } from 'zod';
import type { Account, Visit } from '../../signIn/index.ts';
import { longestPassword } from '../../state/index.ts';
import { type ApiSubject, accountOf, type Route, route } from '../route.ts';

const time = z.string().describe('ISO 8601, UTC');
const name = z.string().min(1).max(64);
/** In UTF-16 units: whatever has more characters than a password may have is refused by name. */
const password = z
  .string()
  .min(1)
  .max(4 * longestPassword);
const code = z.string().trim().max(64);

export const meSchema = z.object({
  setUp: z
    .boolean()
    .describe('Whether there is an administrator: if not, the address that the agent printed makes one'),
  me: z
    .object({
      name: z.string(),
      kind: z.enum(['administrator', 'temporary', 'representative']),
      mayConsent: z.boolean().describe('Whether this visitor may enable, extend, admit, and so on'),
      totp: z.boolean(),
      until: time.optional().describe('When this account ends by itself'),
      through: z
        .string()
        .optional()
        .describe('The representative through whose session this visitor comes, as whatever account'),
    })
    .nullable(),
  device: z.object({ name: z.string(), maker: z.string().optional() }),
});
const setUpSchema = z.strictObject({ code, name, password });
const signInSchema = z.strictObject({ name, password, totp: code.optional() });
const emptySchema = z.object({});

/** What a visitor may know of themselves. */
export function viewMe(
  { signIn, device }: ApiSubject,
  visit: Visit,
  account: Account | undefined,
): z.input<typeof meSchema> {
  return {
    setUp: signIn.setUp.done,
    me: account
      ? {
          name: account.name,
          kind: account.kind === 'root' ? 'administrator' : account.kind,
          mayConsent: !visit.session && account.kind !== 'temporary',
          totp: account.totp,
          ...(account.until === undefined ? {} : { until: new Date(account.until).toISOString() }),
          ...(visit.session ? { through: visit.session.representative } : {}),
        }
      : null,
    device: device(),
  };
}

/** Who the visitor is, and becoming it. */
export const signInRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/me',
    summary: 'Who is signed in',
    consent: false,
    open: true,
    answer: meSchema,
    run: (subject, _, __, visit) => viewMe(subject, visit, visit.account),
  }),
  route({
    method: 'POST',
    path: '/v1/set-up',
    summary:
      'Make the first administrator, by the code of the address that the agent printed when it started',
    consent: true,
    open: true,
    body: setUpSchema,
    answer: meSchema,
    run: async (subject, body, _, visit) =>
      viewMe(subject, visit, await subject.signIn.setUpFirst(visit, body)),
  }),
  route({
    method: 'POST',
    path: '/v1/sign-in',
    summary: 'Sign in; the answer sets a cookie',
    consent: false,
    open: true,
    body: signInSchema,
    answer: meSchema,
    run: async (subject, body, _, visit) => viewMe(subject, visit, await subject.signIn.signIn(visit, body)),
  }),
  route({
    method: 'POST',
    path: '/v1/sign-out',
    summary: 'End the own sign-in',
    consent: false,
    open: true,
    answer: emptySchema,
    run({ signIn }, _, __, visit) {
      signIn.signOut(visit);
      return {};
    },
  }),
  route({
    method: 'GET',
    path: '/v1/sign-ins',
    summary: 'The own sign-ins, the failed ones too, the newest first',
    consent: false,
    answer: z.object({
      entries: z.array(z.object({ at: time, address: z.string(), agent: z.string(), ok: z.boolean() })),
    }),
    run: ({ signIn }, _, __, visit) => ({
      entries: signIn.accounts
        .tries(accountOf(visit).name)
        .map((entry) => ({ ...entry, at: new Date(entry.at).toISOString() })),
    }),
  }),
];

/** The own account. */
export const meRoutes: readonly Route[] = [
  route({
    method: 'POST',
    path: '/v1/me/password',
    summary: 'Change the own password; ends all other sign-ins of this account',
    consent: true,
    body: z.strictObject({ password, next: password }),
    answer: emptySchema,
    async run({ signIn }, body, _, visit) {
      const account = accountOf(visit);
      await signIn.proveAgain(visit, body.password);
      await signIn.accounts.changePassword(visit, account.name, body.next);
      return {};
    },
  }),
  route({
    method: 'POST',
    path: '/v1/me/totp/start',
    summary: 'Make a secret for one-time codes; they are asked for when a first one was right',
    consent: true,
    body: z.strictObject({ password }),
    answer: z.object({
      secret: z.string().describe('Base32'),
      uri: z.string(),
      qr: z.string().describe('The address as a QR code: an SVG image'),
    }),
    async run({ signIn }, body, _, visit) {
      const { name: own } = accountOf(visit);
      await signIn.proveAgain(visit, body.password);
      return signIn.accounts.startTotp(own);
    },
  }),
  route({
    method: 'POST',
    path: '/v1/me/totp/confirm',
    summary: 'Ask for one-time codes from now on, by a first one',
    consent: true,
    body: z.strictObject({ code }),
    answer: emptySchema,
    run({ signIn }, body, _, visit) {
      signIn.accounts.confirmTotp(accountOf(visit).name, body.code);
      return {};
    },
  }),
  route({
    method: 'DELETE',
    path: '/v1/me/totp',
    summary: 'Ask for no one-time codes any more',
    consent: true,
    body: z.strictObject({ password }),
    answer: emptySchema,
    async run({ signIn }, body, _, visit) {
      const { name: own } = accountOf(visit);
      await signIn.proveAgain(visit, body.password);
      signIn.accounts.removeTotp(own);
      return {};
    },
  }),
];
