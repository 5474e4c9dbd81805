import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SallyportError } from '../errors/index.ts';
import { KeyUsageFlags } from '../issue/x509.ts';
import { type ForgeOptions, forge, forgeKeys, testAuthority } from '../zoo/index.ts';
import { type AuthorityPems, authorityName, certificateSha256, parseAuthority, rootSha256 } from './index.ts';

const now = Date.UTC(2027, 0, 1);
const dayMs = 24 * 3_600_000;
const home = await testAuthority(now);
const other = await testAuthority(now);
const pemsOf = ({ keyed }: typeof home): AuthorityPems => ({
  root: keyed.root.certificate,
  relay: keyed.relay.certificate,
  device: keyed.device.certificate,
  representative: keyed.representative.certificate,
});

const checkOf = (pems: AuthorityPems): unknown => {
  try {
    parseAuthority(pems);
    return 'trusted';
  } catch (error) {
    assert.ok(error instanceof SallyportError && error.code === 'peer-untrusted', String(error));
    return error.details['check'];
  }
};

describe('parseAuthority', () => {
  const good = pemsOf(home);

  it('takes a root and the intermediates of all roles, and names the root by its hash', () => {
    const authority = parseAuthority(good);
    assert.equal(rootSha256(authority), certificateSha256(authority.root.raw));
    assert.match(rootSha256(authority), /^[0-9a-f]{64}$/);
    assert.notEqual(rootSha256(authority), rootSha256(other.authority));
  });

  it('refuses intermediates that stand in the place of one another', () => {
    assert.equal(checkOf({ ...good, relay: good.device }), 'name');
    assert.equal(checkOf({ ...good, device: good.representative, representative: good.device }), 'name');
  });

  it('refuses an intermediate of another authority of the same name, and another root', () => {
    assert.equal(checkOf({ ...good, device: pemsOf(other).device }), 'issuer');
    assert.equal(checkOf({ ...good, root: pemsOf(other).root }), 'issuer');
  });

  it('refuses the root as an intermediate, and an intermediate as the root', () => {
    assert.notEqual(checkOf({ ...good, relay: good.root }), 'trusted');
    assert.equal(checkOf({ ...good, root: good.relay }), 'issuer');
  });

  it('refuses what is no certificate, and one that is too large', () => {
    assert.equal(checkOf({ ...good, root: '-----BEGIN CERTIFICATE-----' }), 'form');
    assert.equal(checkOf({ ...good, root: `${good.root}${' '.repeat(20_000)}` }), 'form');
  });

  const wrong: { name: string; check: string; made: Partial<ForgeOptions> }[] = [
    { name: 'that is no authority', check: 'ca', made: { isCa: false, pathLength: undefined } },
    { name: 'that may not sign', check: 'ca', made: { keyUsage: KeyUsageFlags.digitalSignature } },
    { name: 'that may make other authorities', check: 'ca', made: { pathLength: undefined } },
    { name: 'that may make one more level', check: 'ca', made: { pathLength: 1 } },
    { name: 'without a name', check: 'name', made: { names: [] } },
    {
      name: 'with the name of another role besides',
      check: 'name',
      made: {
        names: [
          { type: 'url', value: authorityName('device') },
          { type: 'url', value: authorityName('relay') },
        ],
      },
    },
  ];
  for (const { name, check, made } of wrong) {
    it(`refuses an intermediate ${name}`, async () => {
      const { leaf } = await forge({
        names: [{ type: 'url', value: authorityName('device') }],
        purposes: undefined,
        isCa: true,
        pathLength: 0,
        keyUsage: KeyUsageFlags.keyCertSign,
        notBefore: now - dayMs,
        notAfter: now + dayMs,
        keys: await forgeKeys(),
        issuer: home.keyed.root,
        ...made,
      });
      assert.equal(checkOf({ ...good, device: leaf }), check);
    });
  }
});
