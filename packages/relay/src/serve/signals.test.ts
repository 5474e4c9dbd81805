import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { describe, it } from 'node:test';
import { endedBySignal } from './signals.ts';

function setUp(drained: Promise<void>) {
  const calls: string[] = [];
  const signals = new EventEmitter();
  const relay = {
    drain: (ms: number): Promise<void> => {
      calls.push(`drain ${ms}`);
      return drained;
    },
    stop: async (): Promise<void> => {
      calls.push('stop');
    },
  };
  return { calls, signals, ended: endedBySignal(relay, { drainMs: 7, signals }) };
}

describe('a relay that gets a signal', () => {
  it('drains by the first one, and has ended when that is done', async () => {
    const { calls, signals, ended } = setUp(Promise.resolve());
    signals.emit('SIGTERM');
    await ended;
    assert.deepEqual(calls, ['drain 7']);
  });

  it('ends at once by a second one', async () => {
    const { calls, signals, ended } = setUp(new Promise(() => {}));
    signals.emit('SIGTERM');
    signals.emit('SIGINT');
    await ended;
    assert.deepEqual(calls, ['drain 7', 'stop']);
  });

  it('does not take a drain that failed for a good end', async () => {
    const { signals, ended } = setUp(Promise.reject(new Error('the disk is gone')));
    signals.emit('SIGTERM');
    await assert.rejects(ended, /the disk is gone/);
  });
});
