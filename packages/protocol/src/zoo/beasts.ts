import { keyPurposes, type Role, roles, subjectName, type TrustCheck } from '../identity/index.ts';
import { KeyUsageFlags } from '../issue/x509.ts';
import { type ForgeOptions, forge, forgeKeys } from './forge.ts';
import type { TestAuthority } from './testAuthority.ts';

/** What is wrong with a certificate; nothing else is. */
export type Wrong = {
  readonly name: string;
  /** The rule that has to catch it. */
  readonly check: TrustCheck;
};

/** A certificate with one thing wrong, and the key for it: everything that an attacker needs but the right. */
export type Beast = Wrong & { readonly key: string; readonly certificate: string };

const dayMs = 24 * 3_600_000;
const ids = { relay: 'localhost', device: 'd123456789', representative: 'erin@maker.example' } as const;
const uri = (value: string): { type: 'url'; value: string } => ({ type: 'url', value });
const anyPurpose = '2.5.29.37.0';

/** The zoo: for one role, certificates with one thing wrong each. `other` is an authority of the very same names. */
export async function zooOf(role: Role, home: TestAuthority, other: TestAuthority): Promise<Beast[]> {
  const stranger: Role = roles.find((name) => name !== role && name !== 'device') ?? 'relay';
  const keys = await forgeKeys();
  const own = subjectName(role, ids[role]);
  const good: ForgeOptions = {
    names: [uri(own)],
    purposes: keyPurposes[role],
    notBefore: home.now - dayMs,
    notAfter: home.now + dayMs,
    keys,
    issuer: home.keyed[role],
  };
  const honest = await forge(good);
  const honestIssuer = { key: honest.key, certificate: honest.leaf };
  const past = { notBefore: home.now - 3 * dayMs, notAfter: home.now - 2 * dayMs };

  const cages: (Wrong & { readonly made: Partial<ForgeOptions> })[] = [
    {
      name: 'named for another role',
      check: 'name',
      made: { names: [uri(subjectName(stranger, ids[stranger]))] },
    },
    { name: 'issued by another role', check: 'issuer', made: { issuer: home.keyed[stranger] } },
    { name: 'issued by the root', check: 'issuer', made: { issuer: home.keyed.root } },
    { name: 'issued by a good certificate', check: 'issuer', made: { issuer: honestIssuer } },
    {
      name: 'issued by another authority of the same name',
      check: 'issuer',
      made: { issuer: other.keyed[role] },
    },
    { name: 'signed by itself', check: 'issuer', made: { issuer: undefined } },
    { name: 'an authority', check: 'ca', made: { isCa: true } },
    {
      name: 'for signing certificates',
      check: 'key-usage',
      made: { keyUsage: KeyUsageFlags.digitalSignature | KeyUsageFlags.keyCertSign },
    },
    { name: 'for key agreement only', check: 'key-usage', made: { keyUsage: KeyUsageFlags.keyAgreement } },
    {
      name: 'for the uses of another role',
      check: 'extended-key-usage',
      made: { purposes: keyPurposes[stranger] },
    },
    {
      name: 'for any use',
      check: 'extended-key-usage',
      made: { purposes: [...keyPurposes[role], anyPurpose] },
    },
    { name: 'for no use that is said', check: 'extended-key-usage', made: { purposes: undefined } },
    { name: 'with two names', check: 'name', made: { names: [uri(own), uri(`${own}x`)] } },
    {
      name: 'with a second name of another kind',
      check: 'name',
      made: { names: [uri(own), { type: 'dns', value: 'localhost' }] },
    },
    // OpenSSL calls it invalid already when it is asked for the issuer.
    { name: 'with two lists of names', check: 'issuer', made: { secondNames: [uri(`${own}x`)] } },
    { name: 'without a name', check: 'name', made: { names: [] } },
    { name: 'with a DNS name', check: 'name', made: { names: [{ type: 'dns', value: own }] } },
    { name: 'with a mail name', check: 'name', made: { names: [{ type: 'email', value: own }] } },
    { name: 'with a URI of another form', check: 'name', made: { names: [uri(`https://${ids[role]}/`)] } },
    { name: 'with an id that is none', check: 'name', made: { names: [uri(`${own}/../x`)] } },
    { name: 'with an id in capitals', check: 'name', made: { names: [uri(own.replace(ids[role], 'ERIN'))] } },
    { name: 'with an empty id', check: 'name', made: { names: [uri(subjectName(role, ''))] } },
    { name: 'with a critical extension that nobody knows', check: 'form', made: { unknownCritical: true } },
    { name: 'on the curve P-384', check: 'key', made: { keys: await forgeKeys('P-384') } },
    { name: 'on the curve Ed25519', check: 'key', made: { keys: await forgeKeys('Ed25519') } },
    { name: 'expired', check: 'expired', made: past },
    {
      name: 'not yet valid',
      check: 'not-yet-valid',
      made: { notBefore: home.now + dayMs, notAfter: home.now + 2 * dayMs },
    },
    { name: 'expired and untrusted', check: 'issuer', made: { ...past, issuer: other.keyed[role] } },
    { name: 'expired and of another role', check: 'issuer', made: { ...past, issuer: home.keyed[stranger] } },
  ];
  return Promise.all(
    cages.map(async ({ name, check, made }) => {
      const options = { ...good, ...made };
      const { key, leaf } = await forge(options);
      const chain = options.issuer ? options.issuer.certificate + home.keyed.root.certificate : '';
      return { name, check, key, certificate: leaf + chain };
    }),
  );
}
