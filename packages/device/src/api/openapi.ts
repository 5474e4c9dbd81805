import { z } from 'zod';
import { version } from '../build.ts';
import type { FileRoute, Route, StreamRoute } from './route.ts';
import { fileRoutes, routes, streamRoutes } from './routes.ts';

const media = (schema: z.ZodType, io: 'input' | 'output'): object => ({
  schema: z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'openapi-3.0' }),
});
const json = (schema: z.ZodType, io: 'input' | 'output'): object => ({
  'application/json': media(schema, io),
});

const namesIn = (path: string): string[] => [...path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? '');
const templateOf = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

function describeAdmission({ consent, open }: Route | StreamRoute | FileRoute): object {
  const lines = [
    ...(consent
      ? ['Consent: refused to whoever comes through a support session, and to temporary administrators.']
      : []),
    ...(open ? ['Answered without a sign-in.'] : []),
  ];
  return lines.length > 0 ? { description: lines.join(' ') } : {};
}

function describeParameters(path: string, query?: z.ZodType): object {
  const inPath = namesIn(path).map((name) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const { properties = {} } = query
    ? z.toJSONSchema(query, { io: 'output', unrepresentable: 'any', target: 'openapi-3.0' })
    : {};
  const inQuery = Object.entries(properties).map(([name, schema]) => ({
    name,
    in: 'query',
    required: false,
    schema,
  }));
  const parameters = [...inPath, ...inQuery];
  return parameters.length > 0 ? { parameters } : {};
}

const failure = { description: 'Refused or failed' };

/** The OpenAPI description of the agent's API, made of the tables of routes that serve it. */
export function describeApi(): object {
  const paths: { [path: string]: { [method: string]: object } } = {};
  const add = (method: string, path: string, operation: object): void => {
    const key = templateOf(path);
    paths[key] = { ...paths[key], [method.toLowerCase()]: operation };
  };
  for (const route of streamRoutes) {
    const data = z.union(Object.values(route.events) as [z.ZodType, ...z.ZodType[]]);
    add('GET', route.path, {
      summary: `${route.summary} (server-sent events: ${Object.keys(route.events).join(', ')})`,
      ...describeAdmission(route),
      ...describeParameters(route.path),
      responses: {
        200: { description: 'The stream', content: { 'text/event-stream': media(data, 'output') } },
        default: { ...failure, content: json(errorSchema, 'output') },
      },
    });
  }
  for (const route of fileRoutes) {
    add('GET', route.path, {
      summary: route.summary,
      ...describeAdmission(route),
      ...describeParameters(route.path, route.query),
      responses: {
        200: {
          description: 'The file',
          content: { [route.type]: { schema: { type: 'string', format: 'binary' } } },
        },
        default: { ...failure, content: json(errorSchema, 'output') },
      },
    });
  }
  for (const route of routes) {
    add(route.method, route.path, {
      summary: route.summary,
      ...describeAdmission(route),
      ...describeParameters(route.path, route.query),
      ...(route.body ? { requestBody: { required: true, content: json(route.body, 'input') } } : {}),
      responses: {
        200: { description: 'Done', content: json(route.answer, 'output') },
        default: { ...failure, content: json(errorSchema, 'output') },
      },
    });
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
