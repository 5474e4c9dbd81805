import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import { OpenChannels } from './openChannels.ts';

function channelsAndRecord(): { channels: OpenChannels; told: unknown[] } {
  const told: unknown[] = [];
  const channels = new OpenChannels(fakeClock(1_000), {
    channelOpened: (summary) => told.push(['opened', summary]),
    channelClosed: (id, end) => told.push(['closed', id, end]),
    refused: () => {},
    file: () => {},
  });
  return { channels, told };
}

describe('the channels of a session', () => {
  it('are listed while they are open, with what passed', () => {
    const { channels, told } = channelsAndRecord();
    const place = channels.open('command', 'uname\u001b[2J -a', () => {});
    place.countIn(3);
    place.countOut(40);
    const summary = { id: 1, kind: 'command', what: 'uname\ufffd[2J -a', since: 1_000 };
    assert.deepEqual(channels.list(), [{ ...summary, bytesIn: 3, bytesOut: 40 }]);
    place.close({ code: 0 });
    place.close({ code: 1 });
    assert.deepEqual(channels.list(), []);
    assert.deepEqual(told, [
      ['opened', { ...summary, bytesIn: 0, bytesOut: 0 }],
      ['closed', 1, { bytesIn: 3, bytesOut: 40, exit: { code: 0 } }],
    ]);
  });

  it('are 256 at most, whatever they are', () => {
    const { channels } = channelsAndRecord();
    const reserved = channels.reserve();
    const places = Array.from({ length: 255 }, () => channels.open('tcp', 'a:1', () => {}));
    assert.throws(() => channels.open('tcp', 'a:1', () => {}), { code: 'channels-used-up' });
    assert.throws(() => channels.reserve(), { code: 'channels-used-up' });
    reserved.giveBack();
    reserved.giveBack();
    channels.reserve();
    assert.throws(() => channels.reserve(), { code: 'channels-used-up' });
    places[0]?.close();
    channels.reserve();
  });

  it('end together, and no other opens', () => {
    const { channels } = channelsAndRecord();
    const ended: string[] = [];
    channels.open('tcp', 'a:1', () => ended.push('a'));
    channels.open('web', 'web', () => ended.push('b'));
    channels.end();
    assert.deepEqual(ended, ['a', 'b']);
    assert.throws(() => channels.open('tcp', 'a:1', () => {}), { code: 'session-closed' });
  });
});
