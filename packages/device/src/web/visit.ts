import { printable } from '@sallyport/protocol/text';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sessionOf } from '../api/index.ts';
import type { ChannelSession } from '../channels/index.ts';
import type { SignIn, Visit } from '../signIn/index.ts';
import { forgetCookie, readCookies, rememberCookies } from './cookies.ts';
import { listenerOf } from './listener.ts';

/**
 * Who asks. Through a session that is its representative, in their own name and with the session's mark, whatever else
 * they sign in as; otherwise who the browser's cookie says.
 */
export function visitOf(signIn: SignIn, request: FastifyRequest, reply: FastifyReply, use: boolean): Visit {
  const { raw, headers } = request;
  const session = sessionOf(raw.socket);
  const cookies = readCookies(headers.cookie);
  const found = cookies.signIn === undefined ? undefined : signIn.visits.find(cookies.signIn, session, use);
  const account = found?.account ?? (session && signIn.representative(session));
  const token = cookies.signIn;
  const sessionAlive = (): boolean => session === undefined || session.allows('web');
  return {
    account,
    session,
    listener: listenerOf(raw.socket),
    address: session ? addressOf(session) : (raw.socket.remoteAddress ?? ''),
    agent: printable(headers['user-agent'] ?? '', 200),
    signIn: found?.id,
    alive: () =>
      sessionAlive() &&
      (found === undefined || signIn.visits.find(token ?? '', session, false)?.id === found.id),
    knownBrowser: () => cookies.browser,
    remember: (made) => void reply.header('set-cookie', rememberCookies(made)),
    forget: () => void reply.header('set-cookie', forgetCookie()),
  };
}

const addressOf = (session: ChannelSession): string => `session of ${printable(session.representative, 100)}`;
