import { z } from 'zod';
import { statusSchema } from '../agent/status.ts';
import { version } from '../build.ts';
import { routes } from './routes.ts';

const media = (schema: z.ZodType, io: 'input' | 'output'): object => ({
  schema: z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'openapi-3.0' }),
});
const json = (schema: z.ZodType, io: 'input' | 'output'): object => ({
  'application/json': media(schema, io),
});

/** The OpenAPI description of the agent's API, made of the table of routes that serves it. */
export function describeApi(): object {
  const paths: { [path: string]: { [method: string]: object } } = {
    '/v1/events': {
      get: {
        summary:
          'Live state as server-sent events: `snapshot`, then `status` at each change; each carries all of it',
        responses: {
          200: { description: 'The stream', content: { 'text/event-stream': media(statusSchema, 'output') } },
        },
      },
    },
  };
  for (const { path, method, summary, consent, body, answer } of routes) {
    const names = [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
    const key = path.replace(/:(\w+)/g, '{$1}');
    paths[key] = {
      ...paths[key],
      [method.toLowerCase()]: {
        summary,
        ...(consent ? { description: 'Consent: refused to whoever comes through a support session.' } : {}),
        ...(names.length > 0
          ? {
              parameters: names.map((name) => ({
                name,
                in: 'path',
                required: true,
                schema: { type: 'string' },
              })),
            }
          : {}),
        ...(body ? { requestBody: { required: true, content: json(body, 'input') } } : {}),
        responses: {
          200: { description: 'Done', content: json(answer, 'output') },
          default: { description: 'Refused or failed', content: json(errorSchema, 'output') },
        },
      },
    };
  }
  return { openapi: '3.0.3', info: { title: 'Sallyport device agent', version }, paths };
}

const errorSchema = z.object({
  error: z.object({
    code: z.string(),
    text: z.string(),
    next: z.string(),
    exit: z.number(),
    retryable: z.boolean(),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  }),
});
