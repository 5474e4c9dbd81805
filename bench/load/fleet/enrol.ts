/** Enrols many devices at a relay that does not run yet: by the relay's own enrolment, without the way there. */
import { join } from 'node:path';
import { type AuthorityPems, makeKeyAndRequest } from '@sallyport/protocol/identity';
import { systemRandom } from '@sallyport/runtime/random';
import { makeIssuer, readAuthority } from '../../../packages/relay/src/authority/index.ts';
import { enrolDevice } from '../../../packages/relay/src/devices/index.ts';
import { openStore } from '../../../packages/relay/src/store/index.ts';
import { makeToken } from '../../../packages/relay/src/tokens/index.ts';

/** What a device of the fleet has: a key and a certificate of its own, PEM each. */
export type FleetMember = { readonly id: string; readonly key: string; readonly certificate: string };
export type FleetIdentities = { readonly members: readonly FleetMember[]; readonly authority: AuthorityPems };

/** @param relayData the relay's data folder */
export async function enrolFleet(relayData: string, count: number): Promise<FleetIdentities> {
  const { intermediates, pems } = readAuthority(relayData);
  const issuer = makeIssuer(intermediates);
  const store = await openStore({ file: join(relayData, 'relay.sqlite') });
  try {
    const now = Date.now();
    const random = systemRandom;
    const { secret } = await store.db
      .transaction()
      .execute((writes) =>
        makeToken(
          writes,
          { kind: 'device', label: 'fleet', uses: count, endsAt: now + 3_600_000 },
          { random, now },
        ),
      );
    const members: FleetMember[] = [];
    for (let n = 0; n < count; n += 1) {
      const { key, request } = await makeKeyAndRequest();
      const joined = await enrolDevice({ secret, request }, { store, issuer, now, random });
      members.push({ id: joined.id, key, certificate: joined.certificate });
    }
    return { members, authority: pems };
  } finally {
    await store.close();
  }
}
