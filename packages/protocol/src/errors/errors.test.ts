import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  defineErrors,
  fail,
  fromWireError,
  protocolErrors,
  SallyportError,
  toWireError,
  wireErrorSchema,
} from './index.ts';

describe('an error of a table', () => {
  it('says its text and what to do next, with its details', () => {
    const error = fail('otp-wrong', { details: { left: 2 } });
    assert.equal(error.code, 'otp-wrong');
    assert.match(error.next, /tries left for you: 2\./);
    assert.equal(
      fail('scope-refused', { details: { scope: 'web' } }).message.endsWith('the scope web.'),
      true,
    );
  });

  it('shows a question mark for a detail that is missing, and nothing of JavaScript for a strange name', () => {
    assert.match(fail('otp-wrong').next, /tries left for you: \?\./);
    const { fail: failOwn } = defineErrors({
      odd: { http: 400, close: 4999, exit: 1, retryable: false, text: '{constructor}.', next: '{toString}.' },
    });
    assert.equal(failOwn('odd').message, '?.');
    assert.equal(failOwn('odd').next, '?.');
  });

  it('is told where it happened once, and keeps the first', () => {
    const error = fail('connection-lost', { cause: new Error('ECONNRESET') }).at('to-relay');
    assert.equal(error.leg, 'to-relay');
    assert.match(String(error.cause), /ECONNRESET/);
    assert.equal(error.at('device').leg, 'to-relay');
    assert.equal(fail('connection-lost').leg, undefined);
  });

  it('has a cause only if it was given one', () => {
    assert.equal(Object.hasOwn(fail('internal'), 'cause'), false);
  });
});

describe('the table of the protocol', () => {
  it('has whole rows: codes in words, statuses and close codes in range, sentences that end', () => {
    for (const [code, row] of Object.entries(protocolErrors)) {
      assert.match(code, /^[a-z]+(-[a-z]+)*$/);
      assert.ok(row.http >= 200 && row.http <= 599, code);
      assert.ok(row.close >= 4_000 && row.close <= 4_999, code);
      for (const sentence of [row.text, row.next]) {
        assert.match(sentence, /^[A-Z{`].*[.?}]$/s);
        assert.ok(sentence.length < 300, code);
      }
    }
  });
});

describe('an error on a wire', () => {
  it('arrives as the row it left as', () => {
    const sent = fail('scope-refused', { details: { scope: 'web' } });
    const received = fromWireError(wireErrorSchema.parse(JSON.parse(JSON.stringify(toWireError(sent)))));
    assert.equal(received.code, 'scope-refused');
    assert.equal(received.row, protocolErrors['scope-refused']);
    assert.equal(received.message, sent.message);
    assert.deepEqual(received.details, { scope: 'web' });
  });

  it('tells nothing of an error without a row, nor of a cause', () => {
    for (const error of [
      new Error('/etc/shadow'),
      'a string',
      undefined,
      fail('internal', { cause: 'secret' }),
    ]) {
      const wire = toWireError(error);
      assert.equal(wire.code, 'internal');
      assert.doesNotMatch(JSON.stringify(wire), /shadow|string|secret/);
    }
  });

  it('cannot give a known code another meaning', () => {
    const lie = {
      code: 'otp-wrong',
      text: 'All is well.',
      next: 'Go on.',
      exit: 1,
      retryable: true,
      details: {},
    };
    const error = fromWireError(wireErrorSchema.parse(lie));
    assert.equal(error.row, protocolErrors['otp-wrong']);
    assert.doesNotMatch(`${error.message} ${error.next}`, /All is well|Go on/);
  });

  it('keeps the words of a newer version, made printable', () => {
    const error = fromWireError(
      wireErrorSchema.parse({
        code: 'new-thing',
        text: 'New \u001b[31m.',
        exit: 3,
        details: { why: 'a\nb' },
      }),
    );
    assert.equal(error.code, 'new-thing');
    assert.equal(error.message, 'New \ufffd[31m.');
    assert.equal(error.row.exit, 3);
    assert.deepEqual(error.details, { why: 'a\ufffdb' });
  });

  it('does not take a code from the prototype of objects for a row', () => {
    const error = fromWireError(wireErrorSchema.parse({ code: 'toString', text: 'Odd.' }));
    assert.equal(error.message, 'Odd.');
    assert.equal(error.row.close, 4_000);
  });

  it('fits its own schema, however long and strange its details are', () => {
    const { fail: failOwn } = defineErrors({
      long: { http: 400, close: 4999, exit: 1, retryable: false, text: '{a} and {b}.', next: '{a}.' },
    });
    const property = fc.property(fc.string({ maxLength: 3_000 }), fc.string({ maxLength: 3_000 }), (a, b) => {
      const wire = toWireError(failOwn('long', { details: { a, b } }));
      assert.deepEqual(wireErrorSchema.parse(wire), wire);
      assert.ok(fromWireError(wire) instanceof SallyportError);
    });
    fc.assert(property, { seed: 20_270_107, numRuns: 300 });
    assert.ok(
      wireErrorSchema.parse(toWireError(failOwn('long', { details: { a: 'x'.repeat(9_999), b: 1 } }))),
    );
  });

  it('is refused when it is larger than its caps or has the wrong shape', () => {
    const good = { code: 'x', text: 'y' };
    assert.deepEqual(wireErrorSchema.parse(good), {
      ...good,
      next: '',
      exit: 1,
      retryable: false,
      details: {},
    });
    for (const bad of [
      { ...good, code: 'x'.repeat(65) },
      { ...good, text: 'x'.repeat(1_001) },
      { ...good, next: 'x'.repeat(1_001) },
      { ...good, exit: 0 },
      { ...good, details: { a: 'x'.repeat(501) } },
      { ...good, details: { a: {} } },
      { code: 'x' },
    ]) {
      assert.equal(wireErrorSchema.safeParse(bad).success, false);
    }
  });
});
