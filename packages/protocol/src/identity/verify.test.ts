import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { SallyportError } from '../errors/index.ts';
import { testAuthority, zooOf } from '../zoo/index.ts';
import { certificateCap, keySha256OfPem, type Role, roles, verifyPeer } from './index.ts';

const now = Date.UTC(2027, 0, 1);
const dayMs = 24 * 3_600_000;
const home = await testAuthority(now);
const other = await testAuthority(now);
const ids = {
  relay: 'relay.maker.example',
  device: 'd123456789',
  representative: 'erin@maker.example',
} as const;

const checkOf = (act: () => unknown): unknown => {
  try {
    act();
    return 'trusted';
  } catch (error) {
    assert.ok(error instanceof SallyportError && error.code === 'peer-untrusted', String(error));
    return error.details['check'];
  }
};

for (const role of roles) {
  describe(`verifyPeer, for a ${role}`, async () => {
    const good = await home.issue(role, ids[role]);

    it('trusts what the authority of that role issued, and tells who it is', () => {
      const peer = verifyPeer(good.leaf, role, now, home.authority);
      assert.equal(peer.role, role);
      assert.equal(peer.id, ids[role]);
      assert.equal(peer.keySha256, keySha256OfPem(good.key));
      assert.equal(peer.expired, false);
      assert.ok(peer.notBefore < now && peer.notAfter > now);
    });

    it('trusts it in no other role', () => {
      for (const wrong of roles.filter((name) => name !== role)) {
        assert.equal(
          checkOf(() => verifyPeer(good.leaf, wrong, now, home.authority)),
          'issuer',
        );
      }
    });

    for (const beast of await zooOf(role, home, other)) {
      it(`refuses one ${beast.name}, by the rule "${beast.check}"`, () => {
        const { raw } = new X509Certificate(beast.certificate);
        assert.equal(
          checkOf(() => verifyPeer(raw, role, now, home.authority)),
          beast.check,
        );
      });
      if (beast.check === 'expired' || beast.check === 'not-yet-valid') continue;
      it(`refuses one ${beast.name} without regard to dates too`, () => {
        const { raw } = new X509Certificate(beast.certificate);
        assert.equal(
          checkOf(() => verifyPeer(raw, role, null, home.authority)),
          beast.check,
        );
      });
    }
  });
}

describe('verifyPeer and dates', async () => {
  const role: Role = 'representative';
  const { leaf } = await home.issue(role, ids[role]);
  const { notBefore, notAfter } = verifyPeer(leaf, role, now, home.authority);
  const at = (time: number | null, graceMs?: number): unknown =>
    checkOf(() => verifyPeer(leaf, role, time, home.authority, graceMs === undefined ? {} : { graceMs }));

  it('trusts the first and the last millisecond, and none before or after', () => {
    assert.deepEqual(
      [notBefore - 1, notBefore, notAfter, notAfter + 1].map((time) => at(time)),
      ['not-yet-valid', 'trusted', 'trusted', 'expired'],
    );
  });

  it('leaves out the dates, and only the dates, when there is no time', () => {
    assert.equal(at(null), 'trusted');
    assert.equal(
      checkOf(() => verifyPeer(leaf, 'device', null, home.authority)),
      'issuer',
    );
  });

  it('refuses a time that is none', () => {
    assert.equal(at(Number.NaN), 'not-yet-valid');
  });

  it('within the grace says that it has expired, and refuses it afterwards', () => {
    const peer = verifyPeer(leaf, role, notAfter + 30 * dayMs, home.authority, { graceMs: 30 * dayMs });
    assert.equal(peer.expired, true);
    assert.equal(at(notAfter + 30 * dayMs + 1, 30 * dayMs), 'expired');
  });

  it('refuses everything once the authority itself has run out', () => {
    assert.equal(at(now + 21 * 365 * dayMs, 100 * 365 * dayMs), 'expired');
  });
});

describe('verifyPeer and bytes', async () => {
  const { leaf } = await home.issue('device', ids.device);

  it('refuses what is no certificate, and what is too large to look at', () => {
    const judge = (bytes: Uint8Array): unknown =>
      checkOf(() => verifyPeer(bytes, 'device', now, home.authority));
    assert.equal(judge(new Uint8Array(0)), 'form');
    assert.equal(judge(Buffer.from('hello')), 'form');
    assert.equal(judge(Buffer.alloc(certificateCap + 1, 0x30)), 'form');
    assert.equal(judge(leaf.subarray(0, leaf.length - 1)), 'form');
  });

  it('trusts none in which any one byte was changed', () => {
    for (let index = 0; index < leaf.length; index += 1) {
      const changed = Uint8Array.from(leaf);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      assert.notEqual(
        checkOf(() => verifyPeer(changed, 'device', now, home.authority)),
        'trusted',
        `byte ${index}`,
      );
    }
  });
});
