import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { describe, it } from 'node:test';
import { PatternCheck, patternAt } from './pattern.ts';
import { settle } from './settle.ts';

/** Two ends of one connection, and how to leave nothing behind. */
export type DuplexPair = { a: Duplex; b: Duplex; close?: () => void | Promise<void> };

export type DuplexSuiteOptions = {
  /** The most that a writer may get rid of while nobody reads: all buffers between, in bytes. 1 MiB unless told. */
  boundBytes?: number;
  /** Whether the end of one half leaves the other open. */
  halfClose?: boolean;
  /** Lets what is under way arrive. For a pair that lives on a fake clock: moves it. */
  pass?: () => Promise<unknown>;
};

const large = 3_000_000;

async function readAll(stream: Duplex): Promise<number> {
  const check = new PatternCheck();
  for await (const piece of stream) check.add(piece);
  return check.length;
}

async function writePattern(stream: Duplex, bytes: number, pieceOf: (at: number) => number): Promise<void> {
  for (let at = 0; at < bytes; ) {
    const length = Math.min(pieceOf(at), bytes - at);
    if (!stream.write(patternAt(at, length))) await once(stream, 'drain');
    at += length;
  }
  stream.end();
}

/**
 * The one suite for every Duplex of ours: whatever it runs over, it behaves as a socket does.
 *
 * @param makePair two ends, connected; called for every test
 */
export function duplexSuite(
  name: string,
  makePair: () => DuplexPair | Promise<DuplexPair>,
  options: DuplexSuiteOptions = {},
): void {
  const { boundBytes = 1024 * 1024, halfClose = true, pass = settle } = options;

  /** Runs one test on a new pair, while time passes. */
  const on = async (act: (pair: DuplexPair) => Promise<void>): Promise<void> => {
    const pair = await makePair();
    let done = false;
    const passing = (async () => {
      while (!done) await pass();
    })();
    try {
      await act(pair);
    } finally {
      done = true;
      await passing;
      pair.a.destroy();
      pair.b.destroy();
      await pair.close?.();
    }
  };

  describe(`${name}, as a Duplex,`, () => {
    const sizes = {
      'in one piece': () => large,
      'in pieces of every size': (at: number) => 1 + ((at * 13) % 70_000),
    };
    for (const [how, pieceOf] of Object.entries(sizes)) {
      it(`carries 3 MB both ways at once, written ${how}`, async () => {
        await on(async ({ a, b }) => {
          writePattern(a, large, pieceOf);
          writePattern(b, large, pieceOf);
          assert.deepEqual(await Promise.all([readAll(a), readAll(b)]), [large, large]);
        });
      });
    }

    it('carries two thousand writes of one byte', async () => {
      await on(async ({ a, b }) => {
        writePattern(a, 2000, () => 1);
        assert.equal(await readAll(b), 2000);
      });
    });

    it('carries writes without a byte, also before large ones that leave with them', async () => {
      await on(async ({ a, b }) => {
        const piece = 64 * 1024;
        a.cork();
        for (const at of [0, piece]) {
          a.write(Buffer.alloc(0));
          // Memory of its own, as a reader of files hands over.
          a.write(Buffer.from(new Uint8Array(patternAt(at, piece)).buffer));
        }
        a.write(Buffer.alloc(0));
        a.uncork();
        a.write(Buffer.alloc(0));
        a.end();
        assert.equal(await readAll(b), 2 * piece);
      });
    });

    it('delivers what was written right before the end', async () => {
      await on(async ({ a, b }) => {
        a.write(patternAt(0, 10));
        a.end(patternAt(10, 5));
        assert.equal(await readAll(b), 15);
      });
    });

    it('keeps what arrives before anybody reads', async () => {
      await on(async ({ a, b }) => {
        a.end(patternAt(0, 1000));
        await settle(20);
        assert.equal(await readAll(b), 1000);
      });
    });

    it('ends without a byte', async () => {
      await on(async ({ a, b }) => {
        a.end();
        assert.equal(await readAll(b), 0);
      });
    });

    if (halfClose) {
      it('leaves one half open when the other has ended', async () => {
        await on(async ({ a, b }) => {
          a.end(patternAt(0, 10));
          assert.equal(await readAll(b), 10);
          writePattern(b, large, () => 50_000);
          assert.equal(await readAll(a), large);
        });
      });
    }

    it('makes a writer wait when nobody reads, and lets it go on when somebody does', async () => {
      await on(async ({ a, b }) => {
        let written = 0;
        const piece = 16 * 1024;
        for (;;) {
          const takesMore = a.write(patternAt(written, piece));
          written += piece;
          assert.ok(written <= boundBytes, `${written} bytes were taken`);
          if (takesMore) continue;
          let drained = false;
          a.once('drain', () => {
            drained = true;
          });
          for (let i = 0; i < 100 && !drained; i += 1) await pass();
          if (!drained) break;
        }
        a.end();
        assert.equal(await readAll(b), written);
      });
    });

    it('closes the other end when one is destroyed', async () => {
      await on(async ({ a, b }) => {
        b.on('error', () => {});
        const closed = once(b, 'close');
        b.resume();
        b.on('end', () => b.end());
        a.destroy();
        await closed;
        assert.equal(b.destroyed, true);
      });
    });

    it('calls back every write, and closes once', async () => {
      await on(async ({ a, b }) => {
        let closed = 0;
        a.on('close', () => {
          closed += 1;
        });
        b.resume();
        const calledBack = Promise.all(
          Array.from({ length: 100 }, () => new Promise<void>((resolve) => a.write('x', () => resolve()))),
        );
        await calledBack;
        b.end();
        a.end();
        a.resume();
        await Promise.all([once(a, 'close'), once(b, 'close')]);
        a.destroy();
        await settle();
        assert.equal(closed, 1);
      });
    });

    it('fits into a pipeline', async () => {
      await on(async ({ a, b }) => {
        const echo = pipeline(b, b);
        writePattern(a, 300_000, () => 9_999);
        assert.equal(await readAll(a), 300_000);
        await echo;
      });
    });
  });
}
