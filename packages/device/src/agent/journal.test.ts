import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fakeClock } from '@sallyport/protocol/testing';
import type { Audit } from '../state/index.ts';
import { hourlyLimit, Journal } from './journal.ts';

function journal(options: { full?: boolean } = {}) {
  const clock = fakeClock();
  const written: { event: string; fields: object }[] = [];
  let transactions = 0;
  const audit: Audit = {
    append: (event, fields) => {
      if (options.full) throw new Error('the disk is full');
      written.push({ event, fields });
    },
    list: () => [],
    firstBroken: () => undefined,
  };
  const transaction = <T>(work: () => T): T => {
    transactions += 1;
    return work();
  };
  return {
    clock,
    written,
    transactions: () => transactions,
    journal: new Journal({ audit, transaction, clock, log: silentLog }),
  };
}

describe('the journal', () => {
  it('writes what comes together in one transaction, in order', async () => {
    const { journal: j, clock, written, transactions } = journal();
    j.write('session-opened-1', { session: 'a' });
    j.write('channel-opened-1', { session: 'a' });
    assert.deepEqual(written, []);
    await clock.advance(100);
    assert.deepEqual(
      written.map(({ event }) => event),
      ['session-opened-1', 'channel-opened-1'],
    );
    assert.equal(transactions(), 1);
    assert.equal(clock.pending(), 0);
  });

  it('counts what one kind of entry has beyond its limit, and says so in the next hour', async () => {
    const { journal: j, clock, written } = journal();
    for (let count = 0; count < hourlyLimit + 5; count += 1) j.write('entry-refused-1', {});
    j.write('session-opened-1', {});
    j.flush();
    assert.equal(written.length, hourlyLimit + 1);
    await clock.advance(3_600_000);
    j.write('entry-refused-1', {});
    j.flush();
    assert.deepEqual(written.at(-2), {
      event: 'entries-left-out-1',
      fields: { event: 'entry-refused-1', count: 5 },
    });
  });

  it('throws nothing at a disk that takes nothing', () => {
    const { journal: j } = journal({ full: true });
    j.write('session-ended-1', {});
    j.flush();
  });
});
