import type { X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { joinRequestSchema, renewalRequestSchema, requestCap } from '@sallyport/protocol/enrolment';
import { fail, SallyportError, toWireError } from '@sallyport/protocol/errors';
import { peerOf } from '@sallyport/protocol/tls';
import { parseFields } from '@sallyport/protocol/wire';
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import { enrolDevice } from '../devices/index.ts';
import { admit, type Caller, type Route, type RouteName, routes } from '../gate/index.ts';
import { listOpenGrants } from '../grants/index.ts';
import { headerBytes, headersMs, keepAliveMs, requestMs } from '../limits.ts';
import { logIn } from '../representatives/index.ts';
import { nodeFailure } from '../store/index.ts';
import { JoinFailures } from '../tokens/index.ts';
import type { Node } from './context.ts';
import { renew } from './renew.ts';
import { callerName } from './upgrades.ts';

type Answer = object | Promise<object>;
type Handler = (request: FastifyRequest, caller: Caller) => Answer;
type Gated = { readonly route?: Route };

/** The HTTP API: JSON in, JSON out, every route behind the gate. The server is given its connections, it has no listener. */
export async function makeHttp(
  node: Node,
  version: string,
  longestHeadersMs = headersMs,
): Promise<{ app: FastifyInstance; server: Server }> {
  const { store, clock, random, issuer, authority, log, state } = node;
  let server: Server | undefined;
  const app = fastify({
    logger: false,
    bodyLimit: requestCap,
    exposeHeadRoutes: false,
    // Only who is at the other end of TLS counts; a proxy's headers do not.
    trustProxy: false,
    serverFactory: (handler) => {
      server = createServer(
        {
          maxHeaderSize: headerBytes,
          headersTimeout: longestHeadersMs,
          requestTimeout: requestMs,
          keepAliveTimeout: keepAliveMs,
          connectionsCheckingInterval: longestHeadersMs / 10,
        },
        handler,
      );
      return server;
    },
  });
  const callers = new WeakMap<FastifyRequest, Caller>();
  const failures = new JoinFailures(clock);

  app.addHook('onRequest', async (request) => {
    const { route } = request.routeOptions.config as Gated;
    const peer = peerOf(request.raw.socket);
    const caller = await admit(route, peer, { queries: store.db, now: clock.wallMs() });
    if (caller.role === 'representative') node.seen.note(caller.id);
    callers.set(request, caller);
  });
  app.addHook('onResponse', async (request, reply) => {
    const caller = callers.get(request);
    log.info('request-1', {
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      caller: caller ? callerName(caller) : 'refused',
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const known = knownError(error);
    if (known.code === 'internal') log.error('request-failed-1', { route: request.routeOptions.url, error });
    return reply.code(known.row.http).send({ error: toWireError(known.at('relay')) });
  });
  app.setNotFoundHandler(() => {
    throw fail('not-found');
  });

  const answer = (name: RouteName, handler: Handler): void => {
    const { method, path }: Route = routes[name];
    app.route({
      method,
      url: path,
      config: { route: routes[name] } as Gated,
      handler: async (request) => handler(request, callers.get(request) ?? { role: 'nobody' }),
    });
  };

  answer('health', () => ({
    ok: !state.databaseLost,
    version,
    now: clock.wallMs(),
    draining: state.draining,
  }));
  answer('enrolments', (request) =>
    failures.guard(request.ip, async () => {
      const asked = parseFields(joinRequestSchema, request.body);
      const joined = await enrolDevice(asked, { store, issuer, random, now: clock.wallMs() });
      return { v: 1, ...joined, authority: authority.pems, now: clock.wallMs() };
    }),
  );
  answer('logins', (request) =>
    failures.guard(request.ip, async () => {
      const asked = parseFields(joinRequestSchema, request.body);
      const joined = await logIn(asked, { store, issuer, now: clock.wallMs() });
      return { v: 1, ...joined, authority: authority.pems, now: clock.wallMs() };
    }),
  );
  answer('renewals', async (request, caller) => {
    parseFields(renewalRequestSchema, request.body);
    const socket = request.raw.socket as unknown as { getPeerX509Certificate(): X509Certificate | undefined };
    const certificate = await renew(caller, socket.getPeerX509Certificate(), node);
    return { v: 1, certificate, now: clock.wallMs() };
  });
  answer('whoami', (_request, caller) => {
    if (caller.role === 'nobody') throw fail('identity-required');
    const rank = caller.role === 'representative' ? { rank: caller.rank } : {};
    return { v: 1, id: caller.id, role: caller.role, ...rank, relay: node.relayHost, now: clock.wallMs() };
  });
  answer('grants', async () => ({ v: 1, grants: await listOpenGrants(store.db, clock.wallMs()) }));

  await app.ready();
  if (!server) throw new Error('no server was made');
  // Deadlines of headers and requests are only watched after 'listening'; this server is given its connections.
  server.emit('listening');
  return { app, server };
}

/** Errors of Fastify's own, before a handler: a body that is too large, or no JSON. */
function knownError(error: unknown): SallyportError {
  if (error instanceof SallyportError) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE')
    return fail('message-too-large', { details: { cap: requestCap } });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return fail('message-malformed', { details: { reason: 'not JSON' }, cause: error });
  }
  return nodeFailure(error);
}
