import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FakeClock, fakeClock } from '@sallyport/protocol/testing';
import { makeNotice, type Notice } from './notice.ts';

function open(isTTY: boolean): { clock: FakeClock; notice: Notice; said: () => string } {
  const clock = fakeClock();
  let said = '';
  const write = (text: string): void => {
    said += text;
  };
  const notice = makeNotice({ isTTY, write }, clock);
  return { clock, notice, said: () => said };
}

describe('the notice of a lost connection', () => {
  it('says nothing of a gap shorter than two seconds', async () => {
    const { clock, notice, said } = open(true);
    notice.lost();
    await clock.advance(1_999);
    notice.back();
    await clock.advance(10_000);
    assert.equal(said(), '');
    assert.equal(clock.pending(), 0);
  });
  it('draws one line after two seconds on a terminal, and takes it away when it is back', async () => {
    const { clock, notice, said } = open(true);
    notice.lost();
    await clock.advance(2_000);
    const drawn = said();
    assert.match(drawn, /connection lost, trying again \.\.\./);
    assert.doesNotMatch(drawn, /\n/);
    notice.back();
    const taken = said().slice(drawn.length);
    assert.match(taken, /\x1b\[2K/);
    assert.doesNotMatch(taken, /[a-z]{3}/);
  });
  it('puts the cursor back where it was, both times', async () => {
    const { clock, notice, said } = open(true);
    notice.lost();
    await clock.advance(2_000);
    notice.back();
    assert.equal(said().split('\x1b7').length, 3);
    assert.equal(said().split('\x1b8').length, 3);
  });
  it('says it in words, once each, where there is no terminal', async () => {
    const { clock, notice, said } = open(false);
    notice.lost();
    await clock.advance(60_000);
    notice.lost();
    notice.back();
    assert.equal(said(), 'sallyport: connection lost, trying again ...\nsallyport: connected again.\n');
  });
  it('says it again for the next gap', async () => {
    const { clock, notice, said } = open(false);
    for (let gaps = 0; gaps < 2; gaps += 1) {
      notice.lost();
      await clock.advance(2_000);
      notice.back();
    }
    assert.equal(said().split('\n').length, 5);
  });
  it('says nothing after the end', async () => {
    const { clock, notice, said } = open(false);
    notice.lost();
    notice.end();
    notice.lost();
    await clock.advance(10_000);
    assert.equal(said(), '');
    assert.equal(clock.pending(), 0);
  });
});
