import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Session } from '../api/client.ts';
import { peopleOf } from './people.ts';

const session = (id: string, key: string, since: string, more: Partial<Session> = {}): Session => ({
  id,
  representative: `${key}@maker.example`,
  key,
  keyWords: key,
  state: 'live',
  paused: false,
  since,
  channels: [],
  ...more,
});

describe('who is in', () => {
  it('is one person for one key, however many sessions they have, since the first of them', () => {
    const people = peopleOf([
      session('1', 'erin', '2027-01-01T10:05:00Z', { state: 'suspended' }),
      session('2', 'bob', '2027-01-01T10:03:00Z'),
      session('3', 'erin', '2027-01-01T10:01:00Z'),
    ]);
    assert.deepEqual(
      people.map(({ key, since, state, sessions }) => [key, since, state, sessions.map(({ id }) => id)]),
      [
        ['erin', '2027-01-01T10:01:00Z', 'live', ['1', '3']],
        ['bob', '2027-01-01T10:03:00Z', 'live', ['2']],
      ],
    );
  });

  it('is away when all their connections are lost, and paused when one session is', () => {
    const [one] = peopleOf([
      session('1', 'erin', '2027-01-01T10:05:00Z', { state: 'suspended' }),
      session('2', 'erin', '2027-01-01T10:06:00Z', { state: 'suspended', paused: true }),
    ]);
    assert.deepEqual([one?.state, one?.paused], ['suspended', true]);
  });
});
