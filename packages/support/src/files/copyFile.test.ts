import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { seededRandom } from '@sallyport/protocol/testing';
import { copyFile } from './copyFile.ts';
import { localStore } from './localStore.ts';
import { openPartNotes } from './partial.ts';
import { pieceBytes } from './pump.ts';
import type { OpenFile, Store } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-file-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const bytes = Buffer.from(seededRandom(11)(20 * pieceBytes + 99));
let place = '';
let skipped = 0;
const source = (): string => join(place, 'source');
const target = (): string => join(place, 'target');
const part = (): string => join(place, '.target.sallyport-part');
beforeEach(() => {
  place = mkdtempSync(join(folder, 'place-'));
  writeFileSync(source(), bytes);
  skipped = 0;
});

/** The local store, whose writes fail from `failAt` on. */
function failing(failAt: number, base: Store = localStore()): Store {
  const spoil = (file: OpenFile): OpenFile => ({
    ...file,
    write: async (offset, data) => {
      if (offset >= failAt) throw new Error('broken off');
      await file.write(offset, data);
    },
  });
  return { ...base, openToWrite: async (path, options) => spoil(await base.openToWrite(path, options)) };
}
const copy = (to: Store = localStore()): Promise<void> =>
  copyFile({
    from: localStore(),
    to,
    source: source(),
    target: target(),
    device: 'd1',
    notes: openPartNotes(place),
    onBytes: (count, isSkipped) => {
      if (isSkipped) skipped += count;
    },
  });
const brokenOffAt = (at: number): Promise<void> => assert.rejects(copy(failing(at)), /broken off/);

describe('a copy of a file', () => {
  it('shows its target only when it is whole', async () => {
    await brokenOffAt(10 * pieceBytes);
    assert.equal(existsSync(target()), false);
    assert.equal(statSync(part()).size, 10 * pieceBytes);
    assert.equal(statSync(part()).mode & 0o777, 0o600);
  });
  it('goes on with what an earlier call left', async () => {
    await brokenOffAt(10 * pieceBytes);
    await copy();
    assert.equal(skipped, 10 * pieceBytes);
    assert.ok(readFileSync(target()).equals(bytes));
    assert.equal(existsSync(part()), false);
    assert.deepEqual(readdirSync(join(place, 'parts')), []);
  });
  it('takes off what may have holes where several writes were under way', async () => {
    await brokenOffAt(10 * pieceBytes);
    await copy({ ...localStore(), writesAtOnce: 4 });
    assert.equal(skipped, 5 * pieceBytes);
    assert.ok(readFileSync(target()).equals(bytes));
  });
  for (const [what, spoil] of [
    ['the source has another time', () => utimesSync(source(), 1, 1)],
    [
      'the source has another size',
      () => writeFileSync(source(), Buffer.concat([bytes, Buffer.from('more')])),
    ],
    ['the note of it is gone', () => rmSync(join(place, 'parts'), { recursive: true })],
    [
      'its end is not the source’s',
      () => writeFileSync(part(), Buffer.concat([readFileSync(part()).subarray(0, -1), Buffer.of(0)])),
    ],
    [
      'its beginning is not the source’s',
      () => writeFileSync(part(), Buffer.concat([Buffer.of(1, 2, 3), readFileSync(part()).subarray(3)])),
    ],
  ] as const) {
    it(`begins anew if ${what}`, async () => {
      await brokenOffAt(10 * pieceBytes);
      spoil();
      await copy();
      assert.equal(skipped, 0);
      assert.ok(readFileSync(target()).equals(readFileSync(source())));
    });
  }
  it('cuts off a part that is longer than its source', async () => {
    await brokenOffAt(10 * pieceBytes);
    writeFileSync(part(), Buffer.concat([bytes, Buffer.from('and more')]));
    await copy();
    assert.ok(readFileSync(target()).equals(bytes));
  });
  it('is refused if the source changes meanwhile', async () => {
    const to = localStore();
    const changing: Store = {
      ...to,
      openToWrite: async (path, options) => {
        const file = await to.openToWrite(path, options);
        return {
          ...file,
          write: async (offset, data) => {
            if (offset === 0) utimesSync(source(), 5, 5);
            await file.write(offset, data);
          },
        };
      },
    };
    await assert.rejects(copy(changing), { code: 'source-changed' });
    assert.equal(existsSync(target()), false);
  });
});
