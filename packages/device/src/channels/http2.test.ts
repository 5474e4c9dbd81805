import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { tooFull } from './http2.ts';
import { closed, endTestSessions, testSession } from './testing.ts';

const mebibytes = (count: number): { readableLength: number } => ({ readableLength: count * 1024 * 1024 });

after(endTestSessions);

describe('what channels hold of what their targets do not take', () => {
  it('may be 128 MiB', () => {
    assert.deepEqual(tooFull(Array.from({ length: 32 }, () => mebibytes(4))), []);
  });

  it('is brought back to that by ending the fullest', () => {
    const small = Array.from({ length: 250 }, () => mebibytes(0.5));
    const [large, larger] = [mebibytes(3), mebibytes(4)];
    assert.deepEqual(tooFull([...small, large, larger]), [larger]);
  });
});

describe('a hostile HTTP/2 client', () => {
  it('that opens and resets streams without end loses its session', async () => {
    const session = testSession([]);
    const reset = (): void => {
      for (let count = 0; count < 50 && !session.client.destroyed; count += 1) {
        const stream = session.client.request({ ':method': 'CONNECT', ':authority': 'web' });
        stream.on('error', () => {});
        stream.close(8);
      }
      if (!session.client.destroyed && !session.stream.destroyed) setImmediate(reset);
    };
    reset();
    await closed(session.stream);
    await session.end();
  });
});
