import type { Clock, Log } from '@sallyport/protocol/environment';
import { fail as protocolFail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { printable } from '@sallyport/protocol/text';
import { parseFields } from '@sallyport/protocol/wire';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { rootVisit, type Visit } from '../signIn/index.ts';
import { sessionOf } from './mark.ts';
import { describeApi } from './openapi.ts';
import { OpenStreams } from './openStreams.ts';
import { type ApiSubject, admit, type Route } from './route.ts';
import { fileRoutes, routes, streamRoutes } from './routes.ts';

/** The largest request, in bytes. */
export const bodyCap = 64 * 1024;

export type ApiOptions = ApiSubject & {
  readonly clock: Clock;
  readonly log: Log;
  /** Who asks. Left out for the socket, which only the agent's own user may open. */
  readonly visitOf?: (request: FastifyRequest, reply: FastifyReply, use: boolean) => Visit;
};

/** The agent's HTTP API, not listening yet: every route of the tables, and their description. */
export function makeApi(options: ApiOptions): FastifyInstance {
  const server = Fastify({
    bodyLimit: bodyCap,
    forceCloseConnections: true,
    // Bodies are parsed by zod alone.
    exposeHeadRoutes: false,
  });
  answerErrors(server, options.log);
  addRoutes(server, options);
  return server;
}

/** Answers every failure by a row of a table, and what is unknown as `internal`, with its cause in the log alone. */
export function answerErrors(server: FastifyInstance, log: Log): void {
  const answer = (error: unknown, reply: FastifyReply): FastifyReply => {
    const known = knownError(error);
    if (known.code === 'internal') log.error('request-failed-1', { error });
    return reply
      .code(known.row.http)
      .header('cache-control', 'no-store')
      .send({ error: toWireError(known) });
  };
  server.setErrorHandler((error, _request, reply) => answer(error, reply));
  server.setNotFoundHandler((_request, reply) => answer(protocolFail('not-found'), reply));
}

/** Puts the routes of the tables on a server. */
export function addRoutes(server: FastifyInstance, options: ApiOptions): void {
  const visits = new WeakMap<FastifyRequest, Visit>();
  const { visitOf = ({ raw }) => rootVisit(sessionOf(raw.socket)) } = options;
  const visitBy = (request: FastifyRequest): Visit => {
    const visit = visits.get(request);
    if (!visit) throw protocolFail('internal');
    return visit;
  };
  const tellAudit = (
    event: 'request-done-1' | 'request-refused-1',
    { method, path }: Route,
    request: FastifyRequest,
    { account, address, session }: Visit,
    code?: string,
  ): void =>
    options.journal.write(event, {
      name: account?.name,
      kind: account?.kind,
      route: `${method} ${path}`,
      ...(path.includes(':') ? { url: printable(request.url, 200) } : {}),
      ...(code === undefined ? {} : { code }),
      ...(address === '' ? {} : { address }),
      ...(session ? { representative: session.representative, session: session.id } : {}),
    });
  const description = describeApi();
  server.get('/v1/openapi.json', () => description);

  for (const route of routes) {
    const { method, path, body, query, answer, run } = route;
    server.route({
      method,
      url: path,
      // Before a byte of the body is read.
      onRequest: async (request, reply) => {
        const visit = visitOf(request, reply, true);
        visits.set(request, visit);
        try {
          admit(route, visit);
        } catch (error) {
          if (visit.session) tellAudit('request-refused-1', route, request, visit, knownError(error).code);
          throw error;
        }
      },
      handler: async (request, reply) => {
        const visit = visitBy(request);
        // Once more: the body may have taken its time.
        admit(route, visit);
        const input = body ? (request.body ?? {}) : request.query;
        const schema = body ?? query;
        const parsed = schema ? parseFields(schema, input) : undefined;
        const result = await run(options, parsed, request.params as Record<string, string>, visit);
        // Signing in and out tell it themselves.
        if (method !== 'GET' && !route.open && !route.told)
          tellAudit('request-done-1', route, request, visit);
        return reply.header('cache-control', 'no-store').send(answer.parse(result));
      },
    });
  }

  for (const route of fileRoutes) {
    server.get(route.path, async (request, reply) => {
      const visit = visitOf(request, reply, true);
      admit(route, visit);
      const query = route.query ? parseFields(route.query, request.query) : undefined;
      const file = await route.read(options, request.params as Record<string, string>, visit, query);
      // Never something that a browser would run, or show as ours.
      reply
        .header('cache-control', 'no-store')
        .header('content-disposition', `attachment; filename="${file.name}"`)
        .header('x-content-type-options', 'nosniff')
        .type(file.type ?? route.type);
      if (file.bytes !== undefined) reply.header('content-length', file.bytes);
      request.raw.once('close', () => file.stream.destroy());
      return reply.send(file.stream);
    });
  }

  const open = new OpenStreams(options);
  server.addHook('onClose', () => open.close());
  for (const route of streamRoutes) {
    server.get(route.path, async (request, reply) => {
      const visit = visitOf(request, reply, false);
      admit(route, visit);
      open.mustHavePlace(visit);
      reply.hijack();
      const { raw } = reply;
      try {
        for (const [name, value] of Object.entries(reply.getHeaders()))
          if (value !== undefined) raw.setHeader(name, value);
        route.serve(options, raw, request.params as Record<string, string>, visit);
        open.add(raw, visit);
      } catch (error) {
        const known = knownError(error);
        raw.writeHead(known.row.http, { 'content-type': 'application/json' });
        raw.end(JSON.stringify({ error: toWireError(known) }));
      }
    });
  }
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
