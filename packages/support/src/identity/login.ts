import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { decodeToken, joinAnswerSchema, type Token } from '@sallyport/protocol/enrolment';
import type { Clock } from '@sallyport/protocol/environment';
import { exitCodes, fail as protocolFail, SallyportError } from '@sallyport/protocol/errors';
import { isNodeOf, parseAuthority, rootSha256 } from '@sallyport/protocol/identity';
import { connectUnpinned } from '@sallyport/protocol/tls';
import { dialRelay } from '@sallyport/runtime/dial';
import { request } from '@sallyport/runtime/http';
import { fail } from '../errors/index.ts';
import { keepLastGoodPort } from '../relay/index.ts';
import { readPublicIdentity, writeIdentity } from './file.ts';
import { type IdentityFile, makeIdentity, type PublicIdentity } from './identity.ts';
import { forgetPendingKeys, markOf, pendingKey } from './pendingKey.ts';

const dialMs = 20_000;
const answerMs = 20_000;

export type LoginOptions = {
  readonly data: string;
  readonly invite: string;
  /** Under which the key is kept from the beginning. */
  readonly passphrase?: string | undefined;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
};

/**
 * Makes a key on this computer and has it certified for the person whom the invitation is for (design, section 5). The
 * secret is sent only to a relay that showed the root which the invitation names. A login that was cut off can be done
 * again with the same invitation. An identity that was there before is replaced, and what it was paired with is
 * forgotten: pins belong to a key.
 *
 * @throws token-malformed, invite-other-kind, token-unknown, token-spent, token-ended; logged-in-already for an invitation
 * by which the identity that is there was made; passphrase-short, passphrase-wrong, passphrase-needed; and what reaching the relay throws
 */
export async function login(options: LoginOptions): Promise<PublicIdentity> {
  const { data, clock, signal, passphrase } = options;
  const invite = readInvite(options.invite);
  const pending = await pendingKey(data, invite.secret, passphrase);
  const { value: relay, port } = await dialRelay({
    host: invite.host,
    ports: invite.ports,
    timeoutMs: dialMs,
    clock,
    signal,
    through: (socket) =>
      connectUnpinned(socket, {
        rootSha256: invite.rootSha256,
        id: (id) => isNodeOf(id, invite.host),
        servername: invite.host,
        now: () => clock.wallMs(),
        clock,
        signal,
      }),
  });
  const answer = await request(relay.socket, {
    method: 'POST',
    path: '/v1/logins',
    host: invite.host,
    body: { v: 1, secret: invite.secret, request: pending.request, name: hostname().slice(0, 100) },
    answer: joinAnswerSchema,
    timeoutMs: answerMs,
    clock,
    signal,
  }).catch((error) => {
    if (!(error instanceof SallyportError)) throw error;
    if (error.row.exit === exitCodes.refused) pending.forget();
    const before = error.code === 'token-spent' ? identityBy(invite.secret, data) : undefined;
    throw before
      ? fail('logged-in-already', { details: { id: before.id }, leg: 'relay' })
      : error.at('relay');
  });
  if (rootSha256(parseAuthority(answer.authority)) !== invite.rootSha256) {
    throw protocolFail('peer-untrusted', {
      details: { reason: 'it answered with another root' },
      leg: 'relay',
    });
  }
  const file: IdentityFile = {
    v: 1,
    id: answer.id,
    relay: { host: invite.host, ports: [...invite.ports] },
    key: pending.stored,
    certificate: answer.certificate,
    invitation: markOf(invite.secret),
    authority: answer.authority,
  };
  const identity = makeIdentity(file, pending.key);
  // In this order: cut off in between, there is an identity, and pins of another key are as good as absent.
  writeIdentity(data, file);
  forgetPendingKeys(data);
  rmSync(join(data, 'pins'), { recursive: true, force: true });
  keepLastGoodPort(data, port);
  return identity;
}

/** What stands in an invitation. @throws token-malformed, invite-other-kind */
export function readInvite(text: string): Token {
  const invite = decodeToken(text);
  if (invite.kind !== 'representative') throw fail('invite-other-kind');
  return invite;
}

/** The identity that is there, if it was made by the invitation with this secret. */
function identityBy(secret: string, data: string): PublicIdentity | undefined {
  try {
    const identity = readPublicIdentity(data);
    return identity.file.invitation === markOf(secret) ? identity : undefined;
  } catch {
    return undefined; // None, or a damaged one: the relay's answer is all there is to say.
  }
}
