import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addressGroup, Crowd } from './crowd.ts';

function crowdOf(places: number) {
  const turnedAway: string[] = [];
  const crowd = new Crowd<{ name: string }>(places, ({ name }) => turnedAway.push(name));
  const come = (name: string, group: string) => {
    const member = { name };
    crowd.enter(member, group);
    return member;
  };
  return { crowd, turnedAway, come };
}

describe('a crowd', () => {
  it('turns nobody away while there are places', () => {
    const { turnedAway, come } = crowdOf(2);
    come('a', 'one');
    come('b', 'one');
    assert.deepEqual(turnedAway, []);
  });

  it('turns away the one who has been there longest', () => {
    const { crowd, turnedAway, come } = crowdOf(2);
    for (const name of ['a', 'b', 'c', 'd']) come(name, 'one');
    assert.deepEqual(turnedAway, ['a', 'b']);
    assert.equal(crowd.size, 2);
  });

  it('takes the place from those who have the most, also for somebody else', () => {
    const { turnedAway, come } = crowdOf(3);
    come('single', 'two');
    for (const name of ['a', 'b', 'c', 'd']) come(name, 'one');
    come('third', 'three');
    assert.deepEqual(turnedAway, ['a', 'b', 'c']);
  });

  it('has room again when somebody has left, and forgets them', () => {
    const { crowd, turnedAway, come } = crowdOf(1);
    const first = come('a', 'one');
    crowd.leave(first);
    crowd.leave(first);
    come('b', 'one');
    assert.deepEqual(turnedAway, []);
    assert.equal(crowd.size, 1);
  });

  it('tells of nobody whom it has turned away already', () => {
    const { crowd, turnedAway, come } = crowdOf(1);
    const first = come('a', 'one');
    come('b', 'two');
    crowd.leave(first);
    assert.deepEqual(turnedAway, ['a']);
    assert.equal(crowd.size, 1);
  });
});

describe('the group of an address', () => {
  for (const [address, group] of [
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8::5', '2001:db8:0:0'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    [undefined, ''],
  ] as const) {
    it(`of ${address} is "${group}"`, () => assert.equal(addressGroup(address), group));
  }
});
