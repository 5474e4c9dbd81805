import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { channelKinds } from '../channels/index.ts';
import { systemLine } from './systemLine.ts';

const who = { representative: 'erin@maker.example', session: 's1', grant: 'g1' };
const line = (event: Parameters<typeof systemLine>[0], fields: object = {}): string | undefined =>
  systemLine(event, { ...who, ...fields }, 'support');

describe('what the syslog is told', () => {
  it('is who came, by which key, and how they went', () => {
    const keySha256 = '0123456789abcdef'.repeat(4);
    assert.equal(
      line('session-opened-1', { keySha256 }),
      'erin@maker.example came in with key 0123456789abcdef: session s1, grant g1',
    );
    assert.equal(
      line('session-ended-1', { code: 'cut-off' }),
      'erin@maker.example is out (cut-off): session s1',
    );
  });

  it('is every kind of channel, with the user where it runs as one', () => {
    const opened = channelKinds.map((kind) => line('channel-opened-1', { kind, what: 'it', channel: 3 }));
    assert.deepEqual(opened, [
      'erin@maker.example opened terminal as support: it [s1 3]',
      'erin@maker.example opened command as support: it [s1 3]',
      'erin@maker.example opened files as support: it [s1 3]',
      'erin@maker.example opened web: it [s1 3]',
      'erin@maker.example opened tcp: it [s1 3]',
    ]);
    const bytes = { channel: 3, bytesIn: 1, bytesOut: 20 };
    assert.equal(
      line('channel-closed-1', { ...bytes, exitCode: 7 }),
      'erin@maker.example closed a channel: exit 7, in 1 B, out 20 B [s1 3]',
    );
    assert.match(line('channel-closed-1', { ...bytes, signal: 'SIGTERM' }) ?? '', /: SIGTERM, in 1 B/);
  });

  it('is what was refused', () => {
    assert.equal(
      line('channel-refused-1', { scope: 'tcp:10.0.0.1:22', what: '10.0.0.1:22' }),
      'erin@maker.example was refused tcp:10.0.0.1:22: 10.0.0.1:22 [s1]',
    );
    assert.match(
      line('channel-refused-1', { what: 'X11' }) ?? '',
      /was refused what nothing allows: X11 \[s1\]$/,
    );
  });

  it('is nothing of what concerns no session', () => {
    assert.equal(line('signed-in-1'), undefined);
  });
});
