import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { z } from 'zod';
import { SallyportError } from '../errors/index.ts';
import { formatMessage, parseFields, parseMessage, protocolVersion } from './index.ts';

const schemas = {
  move: z.object({ x: z.number().int(), note: z.string().max(10).default('') }),
  stop: z.object({}),
} as const;
const cap = 100;

const bytes = (text: string): Uint8Array => Buffer.from(text);
const read = (text: string) => parseMessage(schemas, bytes(text), cap);

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    assert.ok(error instanceof SallyportError);
    return error.code;
  }
  return 'no error';
}

describe('a message', () => {
  it('arrives as it was sent, with its defaults', () => {
    const wire = formatMessage<typeof schemas>({ type: 'move', x: 3 }, cap);
    assert.equal(wire.toString(), `{"v":${protocolVersion},"type":"move","x":3}`);
    assert.deepEqual(parseMessage(schemas, wire, cap), { type: 'move', x: 3, note: '' });
    assert.deepEqual(read(formatMessage<typeof schemas>({ type: 'stop' }, cap).toString()), { type: 'stop' });
  });

  it('may have fields that this side does not know, and they do not come in', () => {
    assert.deepEqual(read('{"v":1,"type":"stop","later":true,"__proto__":{"x":1}}'), { type: 'stop' });
  });

  it('may leave the version out after the first', () => {
    assert.deepEqual(read('{"type":"stop"}'), { type: 'stop' });
  });

  it('of another version is refused by both numbers', () => {
    assert.equal(
      codeOf(() => read('{"v":2,"type":"stop"}')),
      'version-unsupported',
    );
    assert.throws(
      () => read('{"v":2,"type":"new-in-2"}'),
      (error) =>
        error instanceof SallyportError && error.details['theirs'] === 2 && error.details['ours'] === 1,
    );
    for (const v of ['"1"', 'null', '1.5', '[]', '"\\u001b"']) {
      assert.equal(
        codeOf(() => read(`{"v":${v},"type":"stop"}`)),
        'version-unsupported',
      );
    }
  });

  it('of an unknown type is refused by its name, made printable', () => {
    assert.throws(
      () => read('{"type":"\\u001b[31mgo"}'),
      (error) =>
        error instanceof SallyportError &&
        error.code === 'message-unknown' &&
        error.details['type'] === '\ufffd[31mgo',
    );
    for (const type of ['toString', '__proto__', 'constructor', 'hasOwnProperty']) {
      assert.equal(
        codeOf(() => read(`{"type":"${type}"}`)),
        'message-unknown',
      );
    }
  });

  it('is malformed if it is no object with a type and whole fields', () => {
    for (const text of [
      '',
      'x',
      '{',
      'null',
      '1',
      '"stop"',
      '[]',
      '[{"type":"stop"}]',
      '{}',
      '{"type":1}',
      '{"type":"move"}',
      '{"type":"move","x":1.5}',
      '{"type":"move","x":1,"note":"01234567890"}',
    ]) {
      assert.equal(
        codeOf(() => read(text)),
        'message-malformed',
        text,
      );
    }
    assert.equal(
      codeOf(() => parseMessage(schemas, Uint8Array.from([0x22, 0xff, 0x22]), cap)),
      'message-malformed',
    );
  });

  it('names the field that is wrong', () => {
    assert.throws(
      () => read('{"type":"move","x":"a"}'),
      (error) => error instanceof SallyportError && String(error.details['reason']).startsWith('x: '),
    );
    assert.throws(
      () => parseFields(z.object({ a: z.array(z.number()) }), { a: [1, 'b'] }),
      (error) => error instanceof SallyportError && String(error.details['reason']).startsWith('a.1: '),
    );
  });

  it('of the cap is read, and one byte more is not even looked at', () => {
    const fill = (length: number) => `{"type":"stop","x":"${'y'.repeat(length - 22)}"}`;
    assert.equal(fill(cap).length, cap);
    assert.deepEqual(read(fill(cap)), { type: 'stop' });
    assert.equal(
      codeOf(() => read(fill(cap + 1))),
      'message-too-large',
    );
    assert.equal(
      codeOf(() => parseMessage(schemas, new Uint8Array(cap + 1), cap)),
      'message-too-large',
    );
  });

  it('counts in bytes, not in characters', () => {
    assert.equal(
      codeOf(() => read(`{"type":"stop","x":"${'ä'.repeat(40)}"}`)),
      'message-too-large',
    );
  });

  it('is not written above the cap', () => {
    const note = 'x'.repeat(200);
    assert.equal(
      codeOf(() => formatMessage<typeof schemas>({ type: 'move', x: 1, note }, cap)),
      'message-too-large',
    );
  });

  it('of any bytes at all is a message or an error of the table', () => {
    const json = fc
      .record({ v: fc.option(fc.constant(1)), type: fc.constantFrom('move', 'stop', 'x'), x: fc.jsonValue() })
      .map((value) => bytes(JSON.stringify(value)));
    const property = fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), json), (input) => {
      const before = Buffer.from(input).toString('hex');
      const code = codeOf(() => {
        const message = parseMessage(schemas, input, cap);
        assert.ok(message.type === 'move' || message.type === 'stop');
      });
      assert.ok(
        [
          'no error',
          'message-too-large',
          'message-malformed',
          'message-unknown',
          'version-unsupported',
        ].includes(code),
      );
      assert.equal(Buffer.from(input).toString('hex'), before);
    });
    fc.assert(property, { seed: 20_270_111, numRuns: 2_000 });
  });
});
