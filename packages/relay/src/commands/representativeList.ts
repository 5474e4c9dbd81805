import { keyWords } from '@sallyport/protocol/keyWords';
import { printable } from '@sallyport/protocol/text';
import { printJson, printTable } from '@sallyport/runtime/command';
import { fail } from '../errors/index.ts';
import {
  findRepresentative,
  keysOf,
  listRepresentatives,
  type Representative,
  type RepresentativeKey,
} from '../representatives/index.ts';
import { type CommonOptions, withRelay } from './open.ts';
import { iso, moment, representativeId } from './words.ts';

/** So many characters of a key's SHA-256 tell it from all others, as on the device's page and in its commands. */
const keyShown = 16;

/** `representative list`: everybody with the key of now; with a name, every key that they ever had. */
export async function listOf(name: string | undefined, options: CommonOptions): Promise<void> {
  await withRelay(options, async ({ store }) => {
    if (name === undefined) {
      const keys = Map.groupBy(await keysOf(store.db), (key) => key.representative);
      showAll(await listRepresentatives(store.db), keys, options);
      return;
    }
    const id = representativeId(name);
    const one = await findRepresentative(store.db, id);
    if (!one) throw fail('representative-unknown', { details: { representative: id } });
    const keys = await keysOf(store.db, id);
    if (options.json) printJson(asJson(one, keys));
    else showKeys(one, keys);
  });
}

function showAll(
  all: readonly Representative[],
  keys: ReadonlyMap<string, RepresentativeKey[]>,
  options: CommonOptions,
): void {
  if (options.json) {
    printJson(all.map((one) => asJson(one, keys.get(one.id) ?? [])));
    return;
  }
  printTable(
    ['REPRESENTATIVE', 'ROLE', 'STATE', 'KEY', 'LAST SEEN', 'LAST RENEWED', 'UNTIL', 'KEY IN WORDS'],
    all.map((one) => [
      one.id,
      one.rank,
      stateOf(one),
      one.key_sha256?.slice(0, keyShown) ?? '-',
      moment(one.seen_at),
      moment(one.renewed_at ?? one.logged_in_at),
      moment(one.ends_at),
      one.key_sha256 === null ? '-' : keyWords(one.key_sha256),
    ]),
    'There is no representative. Invite one: sallyport-relay representative invite NAME',
  );
}

function showKeys(one: Representative, keys: readonly RepresentativeKey[]): void {
  const why = one.revoked_why === '' ? '' : `: ${one.revoked_why}`;
  const rows = [
    ['Representative', `${one.id} (${one.rank})`],
    ['State', `${stateOf(one)}${one.revoked_at === null ? '' : `, ${moment(one.revoked_at)}${why}`}`],
    ['Invited', moment(one.invited_at)],
    ['Last seen', moment(one.seen_at)],
    ['Last renewed', moment(one.renewed_at ?? one.logged_in_at)],
    ['Certificate until', moment(one.certificate_ends_at)],
    ['May come until', one.ends_at === null ? 'no end' : moment(one.ends_at)],
  ];
  for (const [name = '', value = ''] of rows) {
    process.stdout.write(`${name.padEnd(19)}${printable(value, 300)}\n`);
  }
  process.stdout.write('\n');
  printTable(
    ['KEY', 'COMPUTER', 'SINCE', 'ENDED', 'WHY', 'IN WORDS'],
    keys.map((key) => [
      key.key_sha256.slice(0, keyShown),
      key.computer,
      moment(key.since),
      moment(key.ended_at),
      key.ended_why,
      keyWords(key.key_sha256),
    ]),
    one.revoked_at === null ? 'They have not logged in yet.' : 'They never logged in.',
  );
}

function asJson(one: Representative, keys: readonly RepresentativeKey[]): object {
  return {
    id: one.id,
    role: one.rank,
    state: stateOf(one),
    key: one.key_sha256,
    keyWords: one.key_sha256 === null ? null : keyWords(one.key_sha256),
    computer: one.computer,
    invitedAt: iso(one.invited_at),
    loggedInAt: iso(one.logged_in_at),
    seenAt: iso(one.seen_at),
    renewedAt: iso(one.renewed_at),
    certificateEndsAt: iso(one.certificate_ends_at),
    until: iso(one.ends_at),
    revokedAt: iso(one.revoked_at),
    reason: one.revoked_why,
    keys: keys.map((key) => ({
      key: key.key_sha256,
      keyWords: keyWords(key.key_sha256),
      computer: key.computer,
      since: iso(key.since),
      endedAt: iso(key.ended_at),
      reason: key.ended_why,
    })),
  };
}

function stateOf(one: Representative): string {
  if (one.revoked_at !== null) return 'revoked';
  return one.key_sha256 === null ? 'invited' : 'active';
}
