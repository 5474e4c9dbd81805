import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  grantListSchema,
  joinAnswerSchema,
  joinRequestSchema,
  renewalAnswerSchema,
  renewalRequestSchema,
  whoamiSchema,
} from './index.ts';

const pem = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
const request = {
  v: 1,
  secret: 's'.repeat(22),
  request: pem.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
};
const answer = {
  v: 1,
  id: 'd123456789',
  certificate: pem,
  authority: { root: pem, relay: pem, device: pem, representative: pem },
  now: 1_798_761_600_000,
};
const grant = {
  grant: 'a'.repeat(32),
  port: 40_123,
  device: 'd123456789',
  endsAt: '2027-01-01T00:00:00.000Z',
  scopes: ['terminal', 'tcp:DB:5432'],
  connected: true,
};

describe('the messages of enrolment, login and renewal', () => {
  it('are taken whole, and fields of a newer version left out', () => {
    assert.deepEqual(joinRequestSchema.parse({ ...request, later: 1 }), request);
    assert.deepEqual(joinAnswerSchema.parse({ ...answer, later: 1 }), answer);
    assert.deepEqual(renewalRequestSchema.parse({ v: 1 }), { v: 1 });
    const renewed = { v: 1, certificate: pem, now: 1 };
    assert.deepEqual(renewalAnswerSchema.parse(renewed), renewed);
  });

  it('are refused with anything but a secret of a token', () => {
    for (const secret of ['', 's'.repeat(15), 's'.repeat(65), `${'s'.repeat(20)}!`, "s' OR '1'='1'--xx", 7]) {
      assert.equal(joinRequestSchema.safeParse({ ...request, secret }).success, false);
    }
  });

  it('are refused with anything but PEM, or too much of it', () => {
    for (const bad of ['', 'x', ` ${pem}`, `-----BEGIN ${'x'.repeat(8_192)}`]) {
      assert.equal(joinRequestSchema.safeParse({ ...request, request: bad }).success, false);
      assert.equal(joinAnswerSchema.safeParse({ ...answer, certificate: bad }).success, false);
      const authority = { ...answer.authority, device: bad };
      assert.equal(joinAnswerSchema.safeParse({ ...answer, authority }).success, false);
    }
  });

  it('are refused in another version', () => {
    for (const v of [0, 2, '1', undefined]) {
      assert.equal(joinRequestSchema.safeParse({ ...request, v }).success, false);
      assert.equal(renewalRequestSchema.safeParse({ v }).success, false);
    }
  });
});

describe('the list of grants', () => {
  it('has its scopes in normal form and defaults for what an older relay does not say', () => {
    assert.deepEqual(grantListSchema.parse({ v: 1, grants: [grant] }).grants, [
      { ...grant, scopes: ['terminal', 'tcp:db:5432'], name: '', approval: false },
    ]);
    assert.deepEqual(grantListSchema.parse({ v: 1, grants: [] }).grants, []);
  });

  it('is refused with a port number, device or scope that is none', () => {
    for (const change of [
      { port: 39_999 },
      { device: 'Not/An/Id' },
      { scopes: ['all'] },
      { connected: 'yes' },
    ]) {
      assert.equal(grantListSchema.safeParse({ v: 1, grants: [{ ...grant, ...change }] }).success, false);
    }
  });
});

describe('how the relay sees the caller', () => {
  it('is a device, or a representative with a rank', () => {
    const device = { v: 1, id: 'd123456789', role: 'device', relay: 'relay.example', now: 1 };
    assert.deepEqual(whoamiSchema.parse(device), device);
    const erin = { ...device, id: 'erin@maker.example', role: 'representative', rank: 'admin' };
    assert.deepEqual(whoamiSchema.parse(erin), erin);
    for (const change of [
      { role: 'relay' },
      { rank: 'root' },
      { id: 'a/b' },
      { relay: 'relay.example:443' },
    ]) {
      assert.equal(whoamiSchema.safeParse({ ...erin, ...change }).success, false);
    }
  });
});
