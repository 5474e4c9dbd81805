import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { describeOff, relayTime } from './relayTime.ts';

const builtAt = Date.UTC(2026, 10, 1);
const today = Date.UTC(2027, 0, 1);
const hour = 3_600_000;

describe('the time to judge dates by', () => {
  it("is the machine's own before the relay has told its time", () => {
    assert.equal(relayTime(fakeClock(today), builtAt, 0).forRelay(), today);
  });

  it('is left out by a device in 1970, which has never heard the time', () => {
    assert.equal(relayTime(fakeClock(0), builtAt, 0).forRelay(), null);
  });

  it('is left out by a clock that is behind the last stored time, though ahead of the build', () => {
    assert.equal(relayTime(fakeClock(today), builtAt, today + 1).forRelay(), null);
    assert.equal(relayTime(fakeClock(today), builtAt, today).forRelay(), today);
  });

  it("is the relay's once told, carried on by time since boot", async () => {
    const clock = fakeClock(0);
    const time = relayTime(clock, builtAt, 0);
    time.told(today);
    await clock.advance(1_000);
    clock.jumpWall(500 * hour);
    assert.equal(time.forRelay(), today + 1_000);
    assert.equal(time.now(), today + 1_000);
  });

  it("is not the relay's any more when that is forgotten", () => {
    const time = relayTime(fakeClock(today), builtAt, 0);
    time.told(0);
    time.forget();
    assert.equal(time.forRelay(), today);
    assert.equal(time.now(), undefined);
  });

  it('is left out once the own clock is in doubt, until the relay tells its time', () => {
    const time = relayTime(fakeClock(today), builtAt, builtAt + hour);
    assert.equal(time.atLeast, builtAt + hour);
    time.doubtOwn();
    assert.equal(time.forRelay(), null);
    time.told(builtAt);
    assert.equal(time.forRelay(), builtAt);
    time.forget();
    assert.equal(time.forRelay(), today);
  });

  it('goes on while the machine sleeps', () => {
    const clock = fakeClock(today);
    const time = relayTime(clock, builtAt, 0);
    time.told(today);
    clock.sleep(hour);
    assert.equal(time.now(), today + hour);
  });
});

describe('a wrong clock', () => {
  it('is known only when the relay has told its time, and is off by more than a minute', () => {
    const clock = fakeClock(today);
    const time = relayTime(clock, builtAt, 0);
    assert.equal(time.offMs(), undefined);
    time.told(today + 59_000);
    assert.equal(time.offMs(), undefined);
    time.told(today + 2 * hour);
    assert.equal(time.offMs(), -2 * hour);
  });

  it('is described in words', () => {
    assert.equal(describeOff(-57 * 365.25 * 24 * hour), '57 years behind');
    assert.equal(describeOff(hour), '1 hour ahead');
    assert.equal(describeOff(-3 * 60_000), '3 minutes behind');
  });
});
