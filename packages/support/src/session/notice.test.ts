import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type FakeClock, fakeClock } from '@sallyport/protocol/testing';
import {
  makeNotice,
  type Notice,
  pausedText,
  redrawMs,
  unwatchedText,
  watchedMs,
  watchedText,
} from './notice.ts';

function open(isTTY: boolean, columns?: number): { clock: FakeClock; notice: Notice; said: () => string } {
  const clock = fakeClock();
  let said = '';
  const write = (text: string): void => {
    said += text;
  };
  const notice = makeNotice({ isTTY, write, ...(columns === undefined ? {} : { columns }) }, clock);
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

describe('the notice while nothing can be opened yet', () => {
  it('says why, and on a terminal always the newest reason', async () => {
    const { clock, notice, said } = open(true);
    notice.connecting();
    await clock.advance(2_000);
    assert.match(said(), /connecting \.\.\./);
    notice.waiting('The relay is about to restart.');
    notice.connecting();
    assert.match(said(), /The relay is about to restart\. Trying again \.\.\./);
    notice.waiting('The device is not connected.');
    const before = said();
    assert.ok(before.endsWith('The device is not connected. Trying again ...\x1b[22m\x1b8'));
    notice.waiting('The device is not connected.');
    assert.equal(said(), before);
    notice.back();
    assert.equal(said().slice(before.length), '\x1b7\r\x1b[B\x1b[2K\x1b8');
  });
  it('is one line, however narrow the terminal', async () => {
    const { clock, notice, said } = open(true, 20);
    notice.waiting('The relay is about\nto restart.');
    await clock.advance(2_000);
    const [, text = ''] = /\x1b\[2m([^\x1b]*)\x1b/.exec(said()) ?? [];
    assert.equal(text.length, 19);
    assert.doesNotMatch(text, /\n/);
  });
  it('is whole on a terminal that does not know how wide it is', async () => {
    const { clock, notice, said } = open(true, 0);
    notice.waiting('The relay is about to restart.');
    await clock.advance(2_000);
    assert.match(said(), /restart\. Trying again \.\.\./);
  });
  it('is said once where there is no terminal, and that it is over', async () => {
    const { clock, notice, said } = open(false);
    notice.connecting();
    await clock.advance(2_000);
    assert.equal(said(), '');
    notice.waiting('The relay is about to restart.');
    await clock.advance(2_000);
    notice.waiting('The device is not connected.');
    await clock.advance(60_000);
    notice.back();
    assert.equal(
      said(),
      'sallyport: The relay is about to restart. Trying again ...\nsallyport: connected.\n',
    );
  });
  it('makes way at the end for the failure, without another word', async () => {
    const { clock, notice, said } = open(false);
    notice.waiting('The relay is about to restart.');
    await clock.advance(2_000);
    notice.end();
    assert.equal(said(), 'sallyport: The relay is about to restart. Trying again ...\n');
  });
});

describe('the notice of a pause', () => {
  it('is drawn at once on a terminal, again and again, and taken away', async () => {
    const { clock, notice, said } = open(true);
    notice.paused(true);
    notice.paused(true);
    await clock.advance(redrawMs);
    assert.equal(said().split(pausedText).length, 3);
    const drawn = said();
    notice.paused(false);
    assert.match(said().slice(drawn.length), /\x1b\[2K/);
    assert.equal(clock.pending(), 0);
  });
  it('is said in words, once each, where there is no terminal', async () => {
    const { clock, notice, said } = open(false);
    notice.paused(true);
    await clock.advance(10 * redrawMs);
    notice.paused(false);
    assert.equal(said(), `sallyport: ${pausedText}\nsallyport: the administrator lets you go on.\n`);
  });
  it('makes way for a lost connection, and comes back', async () => {
    const { clock, notice, said } = open(true);
    notice.paused(true);
    notice.lost();
    await clock.advance(10_000);
    const lost = said();
    assert.ok(lost.lastIndexOf('connection lost') > lost.lastIndexOf(pausedText));
    notice.back();
    await clock.advance(redrawMs);
    assert.ok(said().slice(lost.length).includes(pausedText));
    notice.end();
    assert.equal(clock.pending(), 0);
  });
  it('is over with the session', async () => {
    const { clock, notice, said } = open(true);
    notice.paused(true);
    notice.end();
    const before = said();
    notice.paused(true);
    await clock.advance(10_000);
    assert.equal(said(), before);
  });
});

describe('the notice of somebody who watches', () => {
  it('is drawn for a moment on a terminal, when they begin and when they stop', async () => {
    const { clock, notice, said } = open(true);
    notice.watched(false);
    assert.equal(said(), '');
    notice.watched(true);
    notice.watched(true);
    assert.equal(said().split(watchedText).length, 2);
    await clock.advance(watchedMs);
    assert.match(said(), /\x1b\[2K\x1b8$/);
    notice.watched(false);
    assert.ok(said().includes(unwatchedText));
    notice.end();
    assert.equal(clock.pending(), 0);
  });
  it('leaves the line to a pause', async () => {
    const { clock, notice, said } = open(true);
    notice.paused(true);
    notice.watched(true);
    await clock.advance(watchedMs);
    assert.ok(!said().includes(watchedText));
    notice.end();
  });
});
