import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { GrantId, StreamId } from '@sallyport/protocol/grant';
import type { FileEvent } from '../files/index.ts';
import { recordOf } from './record.ts';

const who = { grant: 'b'.repeat(32), session: 'a'.repeat(32), representative: 'erin@maker.example' };

/** What the audit log has of an event of a file on channel 3. */
function logged(event: FileEvent): unknown[] {
  const entries: unknown[] = [];
  const record = recordOf(
    { id: who.session as StreamId, grant: who.grant as GrantId, representative: who.representative },
    { audit: (name, fields) => entries.push([name, fields]), changed: () => {} },
  );
  record.file(3, event);
  return entries;
}
const opening = { file: 7, path: '/etc/motd\u001b[2J', direction: 'both', created: true } as const;
const where = { ...who, channel: 3, path: '/etc/motd\ufffd[2J' };

describe('the record of a file', () => {
  it('is written when it is closed: its path, printable, which way, how much, and how it went', () => {
    assert.deepEqual(logged({ event: 'opened', ...opening }), []);
    const passed = {
      bytesRead: 5,
      bytesWritten: 9,
      size: 9,
      sha256: 'c'.repeat(64),
      result: 'left-open',
    } as const;
    assert.deepEqual(logged({ event: 'closed', ...opening, ...passed }), [
      ['file-closed-1', { ...where, direction: 'both', created: true, ...passed }],
    ]);
  });

  it('is written without a size when its worker was ended', () => {
    assert.deepEqual(logged({ event: 'cut', ...opening }), [
      ['file-closed-1', { ...where, direction: 'both', created: true, result: 'cut' }],
    ]);
  });

  it('is written when something of it was changed, or could not be, or was not permitted', () => {
    const paths = { path: '/a', to: '/b' };
    for (const result of ['done', 'failed'] as const)
      assert.deepEqual(logged({ event: 'changed', what: 'renamed', ...paths, result }), [
        ['file-changed-1', { ...where, ...paths, what: 'renamed', result }],
      ]);
    assert.deepEqual(logged({ event: 'refused', what: 'remove', path: '/a' }), [
      ['file-refused-1', { ...where, path: '/a', what: 'remove' }],
    ]);
  });

  it('has no more of a path than anybody reads', () => {
    const [[, fields]] = logged({ event: 'cut', ...opening, path: 'x'.repeat(5_000) }) as [
      [string, { path: string }],
    ];
    assert.ok(fields.path.length <= 500, String(fields.path.length));
  });
});
