import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock, seededRandom } from './index.ts';

describe('the fake clock', () => {
  it('stands still until it is moved', async () => {
    const clock = fakeClock(1000);
    let ran = false;
    clock.after(0, () => {
      ran = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(ran, false);
    assert.equal(clock.wallMs(), 1000);
    await clock.advance(0);
    assert.equal(ran, true);
  });

  it('runs timers in the order in which they are due, each at its time, also those that timers start', async () => {
    const clock = fakeClock(0);
    const ran: string[] = [];
    const note = (name: string) => (): void => void ran.push(`${name} at ${clock.wallMs()}`);
    clock.after(30, note('c'));
    clock.after(10, () => {
      note('a')();
      clock.after(10, note('b'));
    });
    clock.after(10, note('a2'));
    clock.after(100, note('late'));
    await clock.advance(50);
    assert.deepEqual(ran, ['a at 10', 'a2 at 10', 'b at 20', 'c at 30']);
    assert.equal(clock.wallMs(), 50);
    assert.equal(clock.pending(), 1);
  });

  it('lets what a timer caused run before the next', async () => {
    const clock = fakeClock();
    const ran: string[] = [];
    clock.after(1, () => setImmediate(() => Promise.resolve().then(() => ran.push('caused'))));
    clock.after(2, () => ran.push('next'));
    await clock.advance(2);
    assert.deepEqual(ran, ['caused', 'next']);
  });

  it('does not run a timer that was cancelled, by a timer too', async () => {
    const clock = fakeClock();
    let ran = false;
    const victim = clock.after(20, () => {
      ran = true;
    });
    clock.after(10, () => victim.cancel());
    await clock.advance(100);
    victim.cancel();
    assert.equal(ran, false);
    assert.equal(clock.pending(), 0);
  });

  it('jumps: the wall clock alone', () => {
    const clock = fakeClock(5000);
    const [monotonic, boot] = [clock.monotonicMs(), clock.bootMs()];
    clock.jumpWall(-6000);
    assert.deepEqual([clock.wallMs(), clock.monotonicMs(), clock.bootMs()], [-1000, monotonic, boot]);
  });

  it('sleeps: wall and boot time go on, monotonic time and timers do not', async () => {
    const clock = fakeClock(0);
    const [monotonic, boot] = [clock.monotonicMs(), clock.bootMs()];
    let ran = false;
    clock.after(10, () => {
      ran = true;
    });
    clock.sleep(60_000);
    await clock.advance(9);
    assert.equal(ran, false);
    assert.deepEqual(
      [clock.wallMs(), clock.monotonicMs(), clock.bootMs()],
      [60_009, monotonic + 9, boot + 60_009],
    );
  });
});

describe('seeded random bytes', () => {
  it('are the same for the same seed, and go on', () => {
    const random = seededRandom(5);
    const first = [...random(8), ...random(8)];
    assert.deepEqual([...seededRandom(5)(16)], first);
    assert.notDeepEqual([...seededRandom(6)(16)], first);
  });

  it('take every value about as often', () => {
    const counts = new Array<number>(256).fill(0);
    for (const byte of seededRandom(1)(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
    assert.ok(Math.min(...counts) > 800 && Math.max(...counts) < 1200);
  });
});
