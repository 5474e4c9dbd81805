import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { fakeClock } from '../testing/index.ts';
import { linkTurnBytes } from './limits.ts';
import { Link } from './link.ts';

describe('a connection under a stream', () => {
  it('brings no more in one turn than its share, however much is there, and all of it in the end', async () => {
    const connection = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
    let read = 0;
    const link = new Link(connection, fakeClock(), {
      onChunk: (chunk) => {
        read += chunk.length;
      },
      onWrote() {},
      onWritten() {},
      onLost() {},
    });
    await turn();
    const piece = Buffer.alloc(linkTurnBytes / 4);
    for (let pieces = 0; pieces < 12; pieces += 1) connection.push(piece);
    const perTurn = [read];
    while (read < 12 * piece.length) {
      const before = read;
      await turn();
      perTurn.push(read - before);
    }
    assert.ok(perTurn.length >= 3);
    assert.ok(perTurn.every((bytes) => bytes <= linkTurnBytes));
    link.close();
  });
});
