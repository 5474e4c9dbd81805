import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { fakeClock } from '@sallyport/protocol/testing';
import { type Audit, auditEvents } from '../state/index.ts';
import { hourlyLimit, Journal, waitingCap } from './journal.ts';

function journal(disk: { full: boolean } = { full: false }) {
  const clock = fakeClock();
  const written: { event: string; fields: object }[] = [];
  let transactions = 0;
  const audit: Audit = {
    append: (event, fields) => {
      if (disk.full) throw new Error('the disk is full');
      written.push({ event, fields });
    },
    moment: (at) => ({ at, clock: 'own', upMs: 0 }),
    timedBy: () => {},
    list: () => [],
    ofGrant: () => [],
    grants: () => [],
    each: () => [],
    next: () => [],
    head: () => undefined,
    verify: () => ({ head: { seq: 0, hash: '' } }),
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

  it('says so at the end of a grant, and when the agent stops', async () => {
    const { journal: j, clock, written } = journal();
    const leftOut = (): object[] =>
      written.filter(({ event }) => event === 'entries-left-out-1').map(({ fields }) => fields);
    for (let count = 0; count < hourlyLimit + 5; count += 1) j.write('entry-refused-1', {});
    j.tellLeftOut();
    await clock.advance(100);
    assert.deepEqual(leftOut(), [{ event: 'entry-refused-1', count: 5 }]);
    j.tellLeftOut();
    for (let count = 0; count < 3; count += 1) j.write('entry-refused-1', {});
    j.close();
    assert.deepEqual(leftOut(), [
      { event: 'entry-refused-1', count: 5 },
      { event: 'entry-refused-1', count: 3 },
    ]);
    assert.equal(clock.pending(), 0);
  });

  it('says so of what a full disk left no room for, at every end and only once', () => {
    const disk = { full: true };
    const { journal: j, written } = journal(disk);
    for (const event of ['entry-refused-1', 'session-opened-1', 'session-ended-1'] as const)
      for (let count = 0; count < hourlyLimit; count += 1) j.write(event, {});
    for (let ends = 0; ends < 1_000; ends += 1) {
      j.write('session-ended-1', {});
      j.tellLeftOut();
    }
    disk.full = false;
    j.close();
    const told = written.filter(({ event }) => event === 'entries-left-out-1');
    const counts = told.map(({ fields }) => (fields as { count: number }).count);
    assert.equal(written.length, waitingCap + told.length);
    assert.ok(told.length <= auditEvents.length + 1, `${told.length} words of what was left out`);
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      hourlyLimit + 1_000,
    );
  });

  it('gives up at the stop what a full disk does not take', () => {
    const { journal: j, clock } = journal({ full: true });
    j.write('session-opened-1', {});
    j.close();
    assert.equal(clock.pending(), 0);
  });

  it('writes what a full disk did not take when there is space again', async () => {
    const disk = { full: true };
    const { journal: j, clock, written } = journal(disk);
    j.write('session-opened-1', {});
    await clock.advance(100);
    j.write('session-ended-1', {});
    await clock.advance(60_000);
    assert.deepEqual(written, []);
    disk.full = false;
    await clock.advance(5_000);
    assert.deepEqual(
      written.map(({ event }) => event),
      ['session-opened-1', 'session-ended-1'],
    );
    assert.equal(clock.pending(), 0);
  });

  it('keeps no more than a bounded number for a full disk', () => {
    const disk = { full: true };
    const { journal: j, written } = journal(disk);
    for (const event of ['entry-refused-1', 'session-opened-1', 'session-ended-1'] as const)
      for (let count = 0; count < hourlyLimit; count += 1) j.write(event, {});
    j.flush();
    disk.full = false;
    j.flush();
    assert.equal(written.length, waitingCap);
  });
});
