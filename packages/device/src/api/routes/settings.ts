import { proxyName, type SiteProxy } from '@sallyport/runtime/dial';
import { z } from 'zod';
import { keepPassword, proxySchema } from '../../agent/wayOut.ts';
import { interfaceNameSchema } from '../../network/index.ts';
import { recordingPolicySchema } from '../../recordings/policy.ts';
import { choicesOf, choicesSchema, defaultsOf, defaultsSchema, setDefaults } from '../choices.ts';
import { type ApiSubject, type Route, route } from '../route.ts';

const outboundPort = z.union([z.literal('automatic'), z.number().int().min(1).max(65_535)]);

/** As they are told: what a schema makes of text has no description of its own. */
const told = { scopes: z.array(z.string()) };

const settingsSchema = z.object({
  outboundPort: outboundPort.describe('The one port to go out by, or whichever works'),
  outboundPorts: z.array(z.number()).describe('Those that the relay listens on'),
  sourceInterface: z
    .string()
    .nullable()
    .describe(
      'The network port whose address connections to the relay come from; null for whichever leads there',
    ),
  proxy: proxySchema
    .omit({ password: true })
    .extend({ host: z.string(), hasPassword: z.boolean() })
    .nullable()
    .describe('The proxy that everything goes to the relay through; its password is told to nobody'),
  web: z
    .object({
      address: z.string().describe('Where the web interface listens'),
      url: z.string(),
      fingerprint: z.string().optional().describe('SHA-256 of its certificate, as browsers show it'),
      supplied: z
        .boolean()
        .optional()
        .describe('Whether the certificate was supplied, not made by the device'),
    })
    .nullable()
    .describe('null while it listens nowhere'),
  defaults: defaultsSchema.extend(told),
  recordings: recordingPolicySchema,
});

function viewSettings(subject: ApiSubject): z.input<typeof settingsSchema> {
  const { agent, webAddress } = subject;
  return {
    outboundPort: agent.outboundPort ?? 'automatic',
    outboundPorts: [...agent.relayPorts],
    sourceInterface: agent.sourceInterface ?? null,
    proxy: viewProxy(agent.proxy),
    web: webAddress() ?? null,
    defaults: defaultsOf(subject),
    recordings: subject.recordings.policy(),
  };
}

function viewProxy(proxy: SiteProxy | undefined): z.input<typeof settingsSchema>['proxy'] {
  if (!proxy) return null;
  const { kind, host, port, name, password } = proxy;
  return {
    kind,
    host,
    port,
    ...(name === undefined ? {} : { name }),
    hasPassword: password !== undefined && password !== '',
  };
}

/** What administrators set, and what they chose last. */
export const settingsRoutes: readonly Route[] = [
  route({
    method: 'GET',
    path: '/v1/choices',
    summary: 'What the dialog before Enable suggests: the last choice, or the defaults',
    consent: false,
    answer: choicesSchema.extend({
      ...told,
      runAs: z.object({
        kind: z.enum(['user', 'same-user', 'missing']),
        name: z.string().optional().describe('Of the user that terminals and files run as'),
      }),
    }),
    run(subject) {
      const { runAs } = subject.agent;
      return {
        ...choicesOf(subject),
        runAs: { kind: runAs.kind, ...(runAs.kind === 'user' ? { name: runAs.name } : {}) },
      };
    },
  }),
  route({
    method: 'GET',
    path: '/v1/settings',
    summary: 'The settings',
    consent: false,
    answer: settingsSchema,
    run: (subject) => viewSettings(subject),
  }),
  route({
    method: 'PATCH',
    path: '/v1/settings',
    summary: 'Change settings; what is left out stays',
    consent: true,
    told: true,
    body: z.strictObject({
      outboundPort: outboundPort.optional(),
      sourceInterface: interfaceNameSchema.nullable().optional(),
      proxy: proxySchema
        .nullable()
        .optional()
        .describe('null for none. A password that is left out is the one before, at the same proxy and name'),
      defaults: defaultsSchema.optional(),
      recordings: recordingPolicySchema.partial().optional(),
    }),
    answer: settingsSchema,
    run(subject, body, _, visit) {
      const { agent, journal } = subject;
      agent.setWayOut({
        outboundPort: body.outboundPort === 'automatic' ? null : body.outboundPort,
        sourceInterface: body.sourceInterface,
        proxy: body.proxy && keepPassword(body.proxy, agent.proxy),
      });
      if (body.defaults) setDefaults(subject, body.defaults);
      if (body.recordings) subject.recordings.setPolicy(body.recordings);
      journal.write('settings-changed-1', {
        by: visit.account?.name,
        settings: Object.keys(body),
        ...(body.outboundPort === undefined ? {} : { outboundPort: String(body.outboundPort) }),
        ...(body.sourceInterface === undefined ? {} : { sourceInterface: body.sourceInterface ?? 'any' }),
        ...(body.proxy === undefined ? {} : { proxy: body.proxy ? proxyName(body.proxy) : 'none' }),
      });
      return viewSettings(subject);
    },
  }),
];
