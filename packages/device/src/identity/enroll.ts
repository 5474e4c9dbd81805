import { X509Certificate } from 'node:crypto';
import { decodeToken, joinAnswerSchema, type Token } from '@sallyport/protocol/enrolment';
import type { Clock } from '@sallyport/protocol/environment';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import {
  certificateSha256,
  isNodeOf,
  makeKeyAndRequest,
  parseAuthority,
  verifyPeer,
} from '@sallyport/protocol/identity';
import { connectUnpinned } from '@sallyport/protocol/tls';
import { dialRelay, type SiteProxy, type Source } from '@sallyport/runtime/dial';
import { request } from '@sallyport/runtime/http';
import { fail } from '../errors/index.ts';
// Not by the folder's index: the tunnel itself is not needed here.
import { mustHaveLasted, tryByClocks } from '../tunnel/reach.ts';
import type { RelayTime } from '../tunnel/relayTime.ts';
import type { DeviceIdentity, IdentityStore } from './store.ts';

const reachMs = 30_000;
const askMs = 20_000;

/** What stands in the token of a device. @throws token-malformed, token-other-kind */
export function readToken(text: string): Token {
  const token = decodeToken(text);
  if (token.kind !== 'device') throw fail('token-other-kind');
  return token;
}

/**
 * Enrols the device (design, section 5): checks the relay's chain against the root that the token names, and only then
 * sends the token's secret and a request for a certificate. The key is made here and stays here.
 *
 * @param options.again whether an identity that is there may be replaced
 * @throws already-enrolled, token-malformed, token-other-kind; token-unknown, token-spent, token-ended; what `dialRelay` throws
 */
export async function enroll(options: {
  readonly token: string;
  readonly name: string | undefined;
  readonly again: boolean;
  readonly identity: IdentityStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly proxy?: SiteProxy | undefined;
  /** The own addresses to go out from. */
  readonly source?: Source | undefined;
  /** By what the relay's certificate is judged: nobody has told the time yet (the clock rule). */
  readonly time: RelayTime;
}): Promise<DeviceIdentity> {
  const { identity, clock, signal, again, time } = options;
  const token = readToken(options.token);
  const before = again ? identity.find() : identity.read();
  if (before && !again) throw fail('already-enrolled', { details: { id: before.id, host: before.host } });
  const { value: relay } = await tryByClocks(time, () =>
    dialRelay({
      host: token.host,
      ports: token.ports,
      proxy: options.proxy,
      source: options.source,
      timeoutMs: reachMs,
      clock,
      signal,
      through: async (socket) => {
        const reached = await connectUnpinned(socket, {
          rootSha256: token.rootSha256,
          id: (id) => isNodeOf(id, token.host),
          servername: token.host,
          now: time.forRelay,
          clock,
          signal,
        });
        mustHaveLasted(reached, time.atLeast);
        return reached;
      },
    }),
  );
  const made = await makeKeyAndRequest();
  const answer = await request(relay.socket, {
    method: 'POST',
    path: '/v1/enrolments',
    host: token.host,
    body: {
      v: 1,
      secret: token.secret,
      request: made.request,
      ...(options.name === undefined ? {} : { name: options.name }),
    },
    answer: joinAnswerSchema,
    clock,
    signal,
    timeoutMs: askMs,
  });
  const authority = parseAuthority(answer.authority);
  if (certificateSha256(authority.root) !== token.rootSha256) {
    throw protocolFail('peer-untrusted', { details: { reason: 'it answered with another authority' } });
  }
  verifyPeer(new X509Certificate(answer.certificate).raw, 'device', null, authority);
  return identity.write({
    id: answer.id,
    host: token.host,
    ports: [...token.ports],
    key: made.key,
    certificate: answer.certificate,
    authority: answer.authority,
  });
}
