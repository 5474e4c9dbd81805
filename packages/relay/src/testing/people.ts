import { joinAnswerSchema } from '@sallyport/protocol/enrolment';
import { makeKeyAndRequest } from '@sallyport/protocol/identity';
import type { TlsIdentity } from '@sallyport/protocol/tls';
import { inviteRepresentative } from '../representatives/index.ts';
import { makeToken } from '../tokens/index.ts';
import { ask, asOperator, clock, type RelayPlace, random, type TestFolder } from './relay.ts';

/** Somebody with a certificate. */
export type Person = { readonly id: string; readonly identity: TlsIdentity };

const weekMs = 7 * 24 * 3_600_000;

/** The secret of a new token for devices. */
export async function tokenSecret(folder: TestFolder, uses = 1): Promise<string> {
  const now = clock.wallMs();
  const { secret } = await asOperator(folder, (writes) =>
    makeToken(writes, { kind: 'device', uses, endsAt: now + weekMs }, { random, now }),
  );
  return secret;
}

/** The secret of a new invitation. */
export async function inviteSecret(folder: TestFolder, id: string): Promise<string> {
  const now = clock.wallMs();
  return asOperator(folder, (writes) =>
    inviteRepresentative(
      writes,
      { id, rank: 'support' },
      { now, actor: 'test', random, endsAt: now + weekMs },
    ),
  );
}

/** Enrols or logs in with a new key. */
export async function join(
  relay: RelayPlace,
  path: '/v1/enrolments' | '/v1/logins',
  secret: string,
  own?: { key: string; request: string },
): Promise<Person & { certificate: string }> {
  const { key, request } = own ?? (await makeKeyAndRequest());
  const { id, certificate, authority } = await ask(relay, {
    path,
    method: 'POST',
    body: { v: 1, secret, request, name: 'a name' },
    answer: joinAnswerSchema,
  });
  const role = path === '/v1/enrolments' ? authority.device : authority.representative;
  return { id, certificate, identity: { key, certificate: `${certificate}${role}` } };
}

export async function enrolDevice(relay: RelayPlace): Promise<Person> {
  return join(relay, '/v1/enrolments', await tokenSecret(relay.folder));
}

export async function logIn(relay: RelayPlace, id: string): Promise<Person> {
  return join(relay, '/v1/logins', await inviteSecret(relay.folder, id));
}
