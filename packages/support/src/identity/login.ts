import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { decodeToken, joinAnswerSchema } from '@sallyport/protocol/enrolment';
import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { isNodeOf, makeKeyAndRequest, parseAuthority, rootSha256 } from '@sallyport/protocol/identity';
import { connectUnpinned } from '@sallyport/protocol/tls';
import { dialRelay } from '@sallyport/runtime/dial';
import { request } from '@sallyport/runtime/http';
import { fail } from '../errors/index.ts';
import { keepLastGoodPort } from '../relay/index.ts';
import { writeIdentity } from './file.ts';
import { type Identity, type IdentityFile, makeIdentity } from './identity.ts';

const dialMs = 20_000;
const answerMs = 20_000;

export type LoginOptions = {
  readonly data: string;
  readonly invite: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
};

/**
 * Makes a key on this computer and has it certified for the person whom the invitation is for (design, section 5). The
 * secret is sent only to a relay that showed the root which the invitation names. An identity that was there before is
 * replaced, and what it was paired with is forgotten: pins belong to a key.
 *
 * @throws token-malformed, invite-other-kind, token-unknown, token-spent, token-ended, and what reaching the relay throws
 */
export async function login(options: LoginOptions): Promise<Identity> {
  const { data, clock, signal } = options;
  const invite = decodeToken(options.invite);
  if (invite.kind !== 'representative') throw fail('invite-other-kind');
  const { key, request: certificateRequest } = await makeKeyAndRequest();
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
    body: { v: 1, secret: invite.secret, request: certificateRequest, name: hostname().slice(0, 100) },
    answer: joinAnswerSchema,
    timeoutMs: answerMs,
    clock,
    signal,
  }).catch((error) => {
    throw error.at?.('relay') ?? error;
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
    key,
    certificate: answer.certificate,
    authority: answer.authority,
  };
  const identity = makeIdentity(file);
  rmSync(join(data, 'pins'), { recursive: true, force: true });
  writeIdentity(data, file);
  keepLastGoodPort(data, port);
  return identity;
}
