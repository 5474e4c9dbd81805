import assert from 'node:assert/strict';
import { generateKeyPairSync, webcrypto, X509Certificate } from 'node:crypto';
import { describe, it } from 'node:test';
import { makeKeyAndRequest, parseAuthority, type Role, roles, verifyPeer } from '../identity/index.ts';
import { seededRandom } from '../testing/index.ts';
import { testAuthority } from '../zoo/index.ts';
import {
  backdatedMs,
  createAuthority,
  issueIntermediate,
  issueLeaf,
  readRequest,
  validityFrom,
  validityMs,
} from './index.ts';
import { Pkcs10CertificateRequestGenerator } from './x509.ts';

const now = Date.UTC(2027, 0, 1);
const dayMs = 24 * 3_600_000;
const home = await testAuthority(now);
const ids = {
  relay: 'relay.maker.example',
  device: 'd123456789',
  representative: 'erin@maker.example',
} as const;

async function requestOn(curve: 'P-256' | 'P-384'): Promise<string> {
  const keys = await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: curve }, true, [
    'sign',
    'verify',
  ]);
  const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' };
  return (await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm }, webcrypto)).toString(
    'pem',
  );
}

describe('a request for a certificate', () => {
  it('carries the public key of the new private key, and no name', async () => {
    const { key, request } = await makeKeyAndRequest();
    const { publicKeySpki } = await readRequest(request);
    assert.match(key, /^-----BEGIN PRIVATE KEY-----\n/);
    const leaf = await issueLeaf({
      issuer: home.keyed.device,
      role: 'device',
      id: 'd1',
      publicKey: publicKeySpki,
      ...validityFrom('device', now),
    });
    assert.ok(new X509Certificate(leaf).checkPrivateKey((await import('node:crypto')).createPrivateKey(key)));
  });

  it('is refused if its signature is of another key', async () => {
    const { request } = await makeKeyAndRequest();
    const body = Buffer.from(request.replace(/-----[A-Z ]+-----|\s/g, ''), 'base64');
    body[body.length - 5] = (body[body.length - 5] ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${body.toString('base64')}\n-----END CERTIFICATE REQUEST-----\n`;
    await assert.rejects(readRequest(forged), { code: 'request-invalid' });
  });

  it('is refused on another curve', async () => {
    await readRequest(await requestOn('P-256'));
    await assert.rejects(readRequest(await requestOn('P-384')), {
      code: 'request-invalid',
      details: { reason: 'its key is not on the curve P-256' },
    });
  });

  it('is refused if it is something else, or too large', async () => {
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const others = [
      '',
      'hello',
      String(publicKey.export({ type: 'spki', format: 'pem' })),
      home.keyed.root.certificate,
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
      `${(await makeKeyAndRequest()).request}${' '.repeat(9_000)}`,
    ];
    for (const text of others) await assert.rejects(readRequest(text), { code: 'request-invalid' });
  });
});

describe('what is issued', () => {
  for (const role of roles) {
    it(`to a ${role} is valid from five minutes ago for its whole term`, async () => {
      const { leaf } = await home.issue(role, ids[role]);
      const peer = verifyPeer(leaf, role, now, home.authority);
      assert.equal(peer.notBefore, now - backdatedMs);
      assert.equal(peer.notAfter, now + validityMs[role]);
    });
  }

  it('has the terms of the design', () => {
    assert.deepEqual(validityMs, {
      authority: 7_300 * dayMs,
      relay: 90 * dayMs,
      device: 730 * dayMs,
      representative: dayMs,
    });
  });

  it('names nobody whose id the role does not allow', async () => {
    const { publicKeySpki } = await readRequest((await makeKeyAndRequest()).request);
    const wrong: [Role, string][] = [
      ['device', 'D1'],
      ['device', 'a.b'],
      ['relay', 'relay/x'],
      ['representative', 'erin@maker.example,URI:sallyport:relay/x'],
      ['representative', ''],
    ];
    for (const [role, id] of wrong) {
      await assert.rejects(
        issueLeaf({
          issuer: home.keyed[role],
          role,
          id,
          publicKey: publicKeySpki,
          ...validityFrom(role, now),
        }),
        RangeError,
      );
    }
  });

  it('never outlives its issuer', async () => {
    const { publicKeySpki } = await readRequest((await makeKeyAndRequest()).request);
    const leaf = await issueLeaf({
      issuer: home.keyed.device,
      role: 'device',
      id: 'd1',
      publicKey: publicKeySpki,
      notBefore: 0,
      notAfter: now + 100 * 365 * dayMs,
    });
    const certificate = new X509Certificate(leaf);
    assert.deepEqual(
      [certificate.validFromDate, certificate.validToDate],
      [home.authority.device.validFromDate, home.authority.device.validToDate],
    );
  });

  it('has a serial number of its own, positive', async () => {
    const made = await Promise.all([1, 2, 3].map(() => home.issue('device', 'd1')));
    const serials = made.map(({ leaf }) => new X509Certificate(leaf).serialNumber);
    assert.equal(new Set(serials).size, 3);
    for (const serial of serials) assert.match(serial, /^[0-9A-F]{2,40}$/);
  });
});

describe('an authority', () => {
  it('takes any name that people have', async () => {
    const name = 'Müller & Söhne, "Pumpen" + Rohre=GmbH';
    const made = await createAuthority({ name, random: seededRandom(2), now });
    const authority = parseAuthority({
      root: made.root.certificate,
      relay: made.relay.certificate,
      device: made.device.certificate,
      representative: made.representative.certificate,
    });
    assert.match(authority.root.subject, /Müller & Söhne/);
  });

  it('can have its root elsewhere, which signs the key of an intermediate', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const certificate = await issueIntermediate({
      root: home.keyed.root,
      role: 'device',
      name: 'Maker Example',
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      now,
    });
    const authority = parseAuthority({
      root: home.keyed.root.certificate,
      relay: home.keyed.relay.certificate,
      device: certificate,
      representative: home.keyed.representative.certificate,
    });
    const issuer = { certificate, key: String(privateKey.export({ type: 'pkcs8', format: 'pem' })) };
    const { publicKeySpki } = await readRequest((await makeKeyAndRequest()).request);
    const leaf = await issueLeaf({
      issuer,
      role: 'device',
      id: 'd1',
      publicKey: publicKeySpki,
      ...validityFrom('device', now),
    });
    assert.equal(verifyPeer(new X509Certificate(leaf).raw, 'device', now, authority).id, 'd1');
  });
});
