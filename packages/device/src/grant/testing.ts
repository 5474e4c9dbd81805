import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import type { Grant, GrantState } from './grant.ts';
import type { Moment } from './span.ts';

/** Parts that tests of grants share. */
export const aMoment: Moment = { bootId: 'boot-a', bootMs: 100_000, wallMs: Date.UTC(2027, 0, 1) };
export const aPort = 40_123 as PortNumber;
export const hour = 3_600_000;
export const erin = { key: 'e'.repeat(64), representative: 'erin@maker.example' };
export const otto = { key: 'f'.repeat(64), representative: 'otto@maker.example' };

export const aGrant: Grant = {
  id: '0123456789abcdef0123456789abcdef' as GrantId,
  scopes: ['terminal', 'files:write'],
  approval: false,
  reference: 'CASE-7',
  hostKey: { private: 'private', public: `ssh-ed25519 ${'A'.repeat(68)}` },
  password: { at: 'live', failures: 0 },
  pins: [],
  failures: [],
  enabledAt: aMoment.wallMs,
  span: { ...aMoment, leftMs: 4 * hour, capMs: 24 * hour },
};

export const openState = (grant: Partial<Grant> = {}): Extract<GrantState, { at: 'open' }> => ({
  at: 'open',
  grant: { ...aGrant, ...grant },
  port: aPort,
});
