import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import { type FakeClock, fakeClock, seededRandom } from '@sallyport/protocol/testing';
import { openState as openDeviceState, type State } from '../state/index.ts';
import { GrantShell, type OutwardEffect } from './shell.ts';
import { beginSpan } from './span.ts';
import { aGrant, aPort, erin, hour } from './testing.ts';

let folder: string;
let clock: FakeClock;
let state: State;
let effects: OutwardEffect['do'][];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  clock = fakeClock();
  state = openDeviceState(folder, seededRandom(1));
  effects = [];
});
afterEach(() => {
  state.close();
  rmSync(folder, { recursive: true });
});

function makeShell(
  options: { bootId?: string; state?: Pick<State, 'grants' | 'audit' | 'transaction'> } = {},
) {
  return new GrantShell({
    state: options.state ?? state,
    clock,
    bootId: options.bootId ?? 'boot-a',
    random: seededRandom(7),
    log: silentLog,
    perform: (effect) => effects.push(effect.do),
    changed: () => {},
  });
}

function enabled(shell: GrantShell, durationMs = 4 * hour): GrantShell {
  shell.start();
  shell.apply({
    type: 'enable',
    by: 'alice',
    grant: { ...aGrant, span: beginSpan(shell.now(), durationMs) },
  });
  shell.apply({ type: 'opened', port: aPort });
  return shell;
}

/** The same agent after the process died without a word. */
function afterCrash(shell: GrantShell, bootId = 'boot-a'): GrantShell {
  const pending = shell.leftMs();
  assert.ok(pending >= 0);
  const next = makeShell({ bootId });
  next.start();
  return next;
}

describe('the grant in the data folder', () => {
  it('survives a crash with its id, port number, pins, failures and host key', () => {
    const shell = enabled(makeShell());
    shell.apply({ type: 'started', who: erin });
    shell.apply({ type: 'paired', who: erin, certificateSha256: 'a'.repeat(64), at: clock.wallMs() });
    const before = shell.state;
    assert.deepEqual(afterCrash(shell).state, before);
  });

  it('never holds the digits of the OTP', () => {
    const shell = enabled(makeShell());
    const digits = shell.otp?.digits() ?? '';
    assert.match(digits, /^\d{9}$/);
    const next = afterCrash(shell);
    assert.notEqual(next.otp, undefined);
    assert.notEqual(shell.otp, next.otp);
  });

  it('has no OTP to show after a restart when it was spent', () => {
    const shell = enabled(makeShell());
    shell.apply({ type: 'started', who: erin });
    shell.apply({ type: 'paired', who: erin, certificateSha256: 'a'.repeat(64), at: 0 });
    assert.equal(shell.otp, undefined);
    assert.equal(afterCrash(shell).otp, undefined);
  });

  it('ends within a second of its time, by itself', async () => {
    const shell = enabled(makeShell(), 90_000);
    await clock.advance(89_999);
    assert.equal(shell.state.at, 'open');
    await clock.advance(1);
    assert.equal(shell.state.at, 'ended');
    assert.deepEqual(effects.slice(-2), ['end-sessions', 'close-tunnel']);
  });

  it('ends in time though the machine slept over its end', async () => {
    const shell = enabled(makeShell(), 90_000);
    clock.sleep(hour);
    await clock.advance(1_000);
    assert.equal(shell.state.at, 'ended');
  });

  it('goes on for its time when the wall clock jumps', async () => {
    const shell = enabled(makeShell(), 90_000);
    clock.jumpWall(-50 * hour);
    await clock.advance(60_000);
    clock.jumpWall(100 * hour);
    await clock.advance(29_000);
    assert.equal(shell.state.at, 'open');
    assert.equal(shell.leftMs(), 1_000);
  });

  it('loses at most ten seconds of its past by a power cut, and none of its end', async () => {
    const shell = enabled(makeShell(), hour);
    await clock.advance(25_000);
    shell.stop = () => {};
    const stored = state.grants.load();
    assert.ok(stored.at === 'open');
    assert.ok(stored.grant.span.leftMs <= hour - 15_000);
    clock.jumpWall(10_000);
    assert.equal(Math.round(afterCrash(shell, 'boot-b').leftMs()), hour - 35_000);
  });

  it('is over after a reboot with a clock that went backwards', () => {
    const shell = enabled(makeShell());
    clock.jumpWall(-hour);
    const next = afterCrash(shell, 'boot-b');
    assert.equal(next.state.at, 'ended');
    assert.equal(state.grants.load().at, 'disabled');
  });

  it('refuses what does not fit, by a code', () => {
    const shell = makeShell();
    shell.start();
    assert.throws(() => shell.apply({ type: 'password', by: 'alice' }), { code: 'not-enabled' });
    enabled(shell);
    assert.throws(() => shell.apply({ type: 'enable', grant: aGrant, by: 'alice' }), {
      code: 'already-enabled',
    });
  });

  it('records what happened in the audit log, in the same transaction', () => {
    enabled(makeShell());
    const events = state.audit.list(10).map(({ event }) => event);
    assert.deepEqual(events, ['grant-opened-1', 'grant-enabled-1']);
  });
});

describe('a disk that takes nothing', () => {
  const full: State['grants'] = {
    load: () => ({ at: 'disabled' }),
    save: () => {
      throw new Error('the disk is full');
    },
  };

  it('keeps a grant from being enabled, and nothing is done', () => {
    const shell = makeShell({ state: { ...state, grants: full } });
    shell.start();
    assert.throws(() => shell.apply({ type: 'enable', grant: aGrant, by: 'alice' }), /full/);
    assert.equal(shell.state.at, 'disabled');
    assert.equal(shell.otp, undefined);
    assert.deepEqual(effects, []);
  });

  it('keeps a pairing from beginning: no proof without a count on the disk', () => {
    let works = true;
    const grants = {
      ...state.grants,
      save: (...args: Parameters<State['grants']['save']>) =>
        works ? state.grants.save(...args) : full.save(...args),
    };
    const shell = enabled(makeShell({ state: { ...state, grants } }));
    works = false;
    assert.throws(() => shell.apply({ type: 'started', who: erin }), /full/);
    assert.ok(shell.state.at === 'open');
    assert.equal(shell.state.grant.password.failures, 0);
  });

  it('keeps nobody in: Disable ends all at once, and is stored when the disk takes it', async () => {
    let works = true;
    const grants = {
      ...state.grants,
      save: (...args: Parameters<State['grants']['save']>) =>
        works ? state.grants.save(...args) : full.save(...args),
    };
    const shell = enabled(makeShell({ state: { ...state, grants } }));
    works = false;
    shell.apply({ type: 'disable', by: 'alice' });
    assert.equal(shell.state.at, 'ended');
    assert.ok(effects.includes('end-sessions'));
    assert.equal(state.grants.load().at, 'open');
    works = true;
    await clock.advance(1_000);
    assert.equal(state.grants.load().at, 'disabled');
  });
});
