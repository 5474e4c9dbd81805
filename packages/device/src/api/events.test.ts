import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { fakeClock } from '@sallyport/protocol/testing';
import type { Agent } from '../agent/agent.ts';
import { EventStream } from './events.ts';

describe('a stream of events without changes', () => {
  it('says that it is alive, in an event that a page hears, often enough to be missed after 30 s', async () => {
    const clock = fakeClock();
    const agent = { watch: () => () => {}, status: () => ({ state: 'disabled' }) } as unknown as Agent;
    const events = new EventStream(agent, clock, {
      'connection-test': () => null,
      'network-trial': () => null,
      'web-trial': () => null,
    });
    let text = '';
    const response = new Writable({
      write: (chunk, _encoding, done) => {
        text += String(chunk);
        done();
      },
    });
    events.serve(Object.assign(response, { writeHead: () => response }) as unknown as ServerResponse);
    await clock.advance(29_000);
    events.close();
    assert.match(text, /^id: 0\nevent: snapshot\ndata: \{.*\}\n\nevent: alive\ndata: \{\}\n\n$/);
  });
});
