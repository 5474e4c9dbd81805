import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { parseFields } from '@sallyport/protocol/wire';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { fail } from '../errors/index.ts';
import type { EventStream } from './events.ts';
import { sessionOf } from './mark.ts';
import { describeApi } from './openapi.ts';
import { type ApiSubject, routes } from './routes.ts';

/** The largest request, in bytes. */
export const bodyCap = 64 * 1024;

export type ApiOptions = ApiSubject & {
  readonly events: EventStream;
  readonly clock: Clock;
  readonly log: Log;
};

/** The agent's HTTP API, not listening yet: every route of the table, events, and their description. */
export function makeApi(options: ApiOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: bodyCap,
    forceCloseConnections: true,
    // Bodies are parsed by zod alone.
    exposeHeadRoutes: false,
  });
  server.setErrorHandler((error, _request, reply) => {
    const known = knownError(error);
    if (known.code === 'internal') options.log.error('request-failed-1', { error });
    return reply.code(known.row.http).send({ error: toWireError(known) });
  });
  server.setNotFoundHandler((_request, reply) =>
    reply.code(404).send({ error: toWireError(protocolFail('not-found')) }),
  );
  const description = describeApi();
  server.get('/v1/openapi.json', () => description);
  server.get('/v1/events', (_request, reply) => {
    reply.hijack();
    try {
      options.events.serve(reply.raw);
    } catch (error) {
      const known = knownError(error);
      reply.raw.writeHead(known.row.http, { 'content-type': 'application/json' });
      reply.raw.end(JSON.stringify({ error: toWireError(known) }));
    }
  });
  for (const { method, path, consent, body, answer, run } of routes) {
    server.route({
      method,
      url: path,
      // Before a byte of the body is read.
      onRequest: async (request) => {
        if (consent) mayConsent(request);
      },
      handler: async (request, reply) => {
        const parsed = body ? parseFields(body, request.body ?? {}) : undefined;
        const result = await run(options, parsed, request.params as Record<string, string>);
        return reply.header('cache-control', 'no-store').send(answer.parse(result));
      },
    });
  }
  return server;
}

/** @throws consent-read-only */
function mayConsent(request: FastifyRequest): void {
  if (sessionOf(request.raw.socket)) throw fail('consent-read-only');
}

function knownError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  const { statusCode, code } = error as { statusCode?: number; code?: string };
  if (statusCode === 413) return protocolFail('message-too-large', { details: { cap: bodyCap } });
  if (statusCode !== undefined && statusCode < 500) {
    return protocolFail('message-malformed', { details: { reason: `request: ${code ?? statusCode}` } });
  }
  return protocolFail('internal', { cause: error });
}
