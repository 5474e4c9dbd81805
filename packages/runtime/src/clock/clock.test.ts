import assert from 'node:assert/strict';
import { uptime } from 'node:os';
import { describe, it, mock } from 'node:test';
import { systemClock } from './index.ts';

describe('the clock of the machine', () => {
  it('tells the time of day, and the time since boot to a fraction of a second', () => {
    const clock = systemClock();
    assert.ok(Math.abs(clock.wallMs() - Date.now()) < 1_000);
    assert.ok(Math.abs(clock.bootMs() - uptime() * 1_000) < 2_000);
    const first = clock.monotonicMs();
    assert.ok(clock.monotonicMs() >= first);
  });

  it('calls once, and not after a cancel', (context) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    context.after(() => mock.timers.reset());
    const clock = systemClock();
    const calls: string[] = [];
    clock.after(100, () => calls.push('a'));
    const cancelled = clock.after(100, () => calls.push('b'));
    cancelled.cancel();
    cancelled.cancel();
    mock.timers.tick(99);
    assert.deepEqual(calls, []);
    mock.timers.tick(1_000);
    assert.deepEqual(calls, ['a']);
  });

  it('waits longer than Node’s longest timer, and can be cancelled in its second part', (context) => {
    mock.timers.enable({ apis: ['setTimeout'] });
    context.after(() => mock.timers.reset());
    const clock = systemClock();
    const calls: string[] = [];
    const monthMs = 30 * 24 * 3_600_000;
    clock.after(monthMs, () => calls.push('month'));
    const cancelled = clock.after(monthMs, () => calls.push('never'));
    mock.timers.tick(2 ** 31 - 1);
    assert.deepEqual(calls, []);
    cancelled.cancel();
    mock.timers.tick(monthMs);
    assert.deepEqual(calls, ['month']);
  });
});
