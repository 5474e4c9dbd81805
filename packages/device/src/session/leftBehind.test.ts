import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '../errors/index.ts';
import { ProcessesLeft, tellLeft } from '../processes/index.ts';
import { LeftBehind } from './leftBehind.ts';

describe('processes that did not end with their session', () => {
  it('are told of by their numbers while they are there', () => {
    const running = new Set([7, 8, 9]);
    const left = new LeftBehind((pid) => running.has(pid));
    assert.equal(left.error(), undefined);
    assert.ok(left.add(tellLeft(new ProcessesLeft([7, 8]))));
    assert.ok(left.add(new ProcessesLeft([9])));
    assert.equal(left.error()?.details['pids'], '7, 8, 9');
    running.delete(8);
    assert.equal(left.error()?.details['pids'], '7, 9');
    running.clear();
    assert.equal(left.error(), undefined);
  });

  it('that could not be seen are told of until the next Enable', () => {
    const left = new LeftBehind(() => false);
    left.add(new ProcessesLeft([]));
    assert.match(left.error()?.message ?? '', /which ones could not be seen/);
    left.clear();
    assert.equal(left.error(), undefined);
  });

  it('are no other failure', () => {
    const left = new LeftBehind();
    assert.equal(left.add(fail('not-enabled')), false);
    assert.equal(left.error(), undefined);
  });

  it('are known by the system itself', () => {
    const left = new LeftBehind();
    left.add(new ProcessesLeft([process.pid, 2 ** 22 + 1]));
    assert.equal(left.error()?.details['pids'], String(process.pid));
  });
});
