import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type GrantList, grantListSchema } from '@sallyport/protocol/enrolment';
import { grantRows, grantsForMachines } from './list.ts';

const now = Date.UTC(2027, 0, 1);
const list = (...grants: object[]): GrantList =>
  grantListSchema.parse({
    v: 1,
    grants: grants.map((grant) => ({
      grant: 'a'.repeat(32),
      port: 40_123,
      device: 'd1',
      endsAt: new Date(now + 3_600_000).toISOString(),
      scopes: ['terminal', 'web'],
      connected: true,
      ...grant,
    })),
  });

describe('the list of grants', () => {
  it('has what the design promises to machines', () => {
    const [grant] = grantsForMachines(list({}));
    const { port, device, endsAt, scopes } = grant ?? {};
    assert.deepEqual(
      { port, device, endsAt, scopes },
      {
        port: 40_123,
        device: 'd1',
        endsAt: '2027-01-01T01:00:00.000Z',
        scopes: ['terminal', 'web'],
      },
    );
  });
  it('is in the order of port numbers', () => {
    const ports = grantsForMachines(list({ port: 40_002 }, { port: 40_001 })).map(({ port }) => port);
    assert.deepEqual(ports, [40_001, 40_002]);
  });
  it('tells people who is away, what needs approval, and how long it lasts', () => {
    const rows = grantRows(
      list({ connected: false, approval: true, reference: 'CASE-7', name: 'Pump 3' }),
      now,
    );
    assert.deepEqual(rows, [
      ['40123', 'd1 (away)', 'Pump 3', 'in 1h', 'terminal web (after approval)', 'CASE-7'],
    ]);
  });
  for (const [leftMs, text] of [
    [-1, 'now'],
    [40_000, 'in 40s'],
    [59 * 60_000, 'in 59m'],
    [3_599_000, 'in 1h'],
    [90 * 60_000, 'in 1h 30m'],
  ] as const) {
    it(`says "${text}" of ${leftMs} ms`, () => {
      const rows = grantRows(list({ endsAt: new Date(now + leftMs).toISOString() }), now);
      assert.equal(rows[0]?.[3], text);
    });
  }
});
