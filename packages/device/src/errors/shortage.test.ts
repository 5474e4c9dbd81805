import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail as protocolFail } from '@sallyport/protocol/errors';
import { fail } from './index.ts';
import { shortageOf, unlessGone } from './shortage.ts';
import { tellable } from './tellable.ts';

const failed = (code: string): Error => Object.assign(new Error(code), { code });
/** As Node 24 throws it of `os.networkInterfaces()`. */
const systemError = Object.assign(new Error('A system error occurred'), {
  code: 'ERR_SYSTEM_ERROR',
  info: { errno: 24, code: 'Unknown system error 24' },
});

describe('what the system has run out of', () => {
  it('is found in what failed, in its causes, and in one of several failures', () => {
    const cut = protocolFail('relay-cut', { details: { host: 'r' }, cause: failed('EMFILE') });
    for (const error of [failed('EMFILE'), systemError, cut, new AggregateError([failed('ENOENT'), cut])]) {
      assert.equal(shortageOf(error), 'the agent has as many files open as it may');
    }
  });

  it('is not seen in what failed for another reason, nor in a cause that goes round in a circle', () => {
    const circle = failed('ENOENT');
    circle.cause = circle;
    for (const error of [failed('ENOENT'), circle, 'EMFILE', undefined])
      assert.equal(shortageOf(error), undefined);
  });

  it('is told to a representative; what has no row is not', () => {
    const error = tellable(fail('state-unwritable', { details: { reason: 'x' }, cause: failed('ENFILE') }));
    assert.equal(error.code, 'device-exhausted');
    assert.match(error.message, /as many files open as it can/);
    assert.equal(tellable(failed('ENOENT')).code, 'internal');
    assert.equal(tellable(protocolFail('cut-off')).code, 'cut-off');
  });
});

describe('what cannot be read', () => {
  it('is not there, unless there was nothing to read it with', () => {
    const failing = (code: string) => (): string => {
      throw failed(code);
    };
    assert.equal(unlessGone(failing('ENOENT'), 'gone'), 'gone');
    assert.throws(() => unlessGone(failing('EMFILE'), 'gone'), { code: 'EMFILE' });
  });
});
