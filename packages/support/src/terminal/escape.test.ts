import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type EscapeState, readTyped, type TypedPart } from './escape.ts';

function typeAll(chunks: string[]): { state: EscapeState; parts: TypedPart[] } {
  let state: EscapeState = 'lineStart';
  const parts: TypedPart[] = [];
  for (const chunk of chunks) {
    const read = readTyped(state, Buffer.from(chunk));
    state = read.state;
    parts.push(...read.parts);
  }
  return { state, parts };
}
const sent = (parts: TypedPart[]): string =>
  parts.map((part) => ('send' in part ? part.send.toString() : `<${part.act}>`)).join('');

describe('the escapes of a terminal', () => {
  it('end at the start of a line, and nothing after is sent', () => {
    assert.equal(sent(typeAll(['ls\r~.rm -rf /\r']).parts), 'ls\r<end>');
  });
  it('end as the very first thing typed', () => assert.equal(sent(typeAll(['~.']).parts), '<end>'));
  it('are text in the middle of a line', () => assert.equal(sent(typeAll(['a~.']).parts), 'a~.'));
  it('show help and go on at the start of a line', () => {
    assert.equal(sent(typeAll(['~?~?ls\r']).parts), '<help><help>ls\r');
  });
  it('send one tilde for two', () => assert.equal(sent(typeAll(['~~.']).parts), '~.'));
  it('pass an unknown escape on as it was typed', () => assert.equal(sent(typeAll(['~x']).parts), '~x'));
  it('keep a tilde before a newline', () => assert.equal(sent(typeAll(['~\r~.']).parts), '~\r<end>'));

  it('read the same however the typing is cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('~', '.', '?', '\r', '\n', 'a', 'é')), (keys) => {
        const whole = typeAll([keys.join('')]);
        const pieces = typeAll(keys);
        assert.equal(sent(whole.parts), sent(pieces.parts));
        assert.equal(whole.state, pieces.state);
      }),
      { seed: 20_260_101, numRuns: 500 },
    );
  });
});
