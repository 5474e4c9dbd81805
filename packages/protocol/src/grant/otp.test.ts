import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { format, inspect } from 'node:util';
import { seededRandom } from '../testing/index.ts';
import { Otp } from './index.ts';

const otp = (text: string): Otp => Otp.parse(text) ?? assert.fail(`${text} is an OTP`);

describe('a one-time password', () => {
  it('has nine digits, leading zeros too', () => {
    assert.equal(Otp.make(() => Uint8Array.from([0, 0, 0, 7])).digits(), '000000007');
    assert.equal(Otp.make(() => Uint8Array.from([0, 0, 0, 7])).grouped(), '000-000-007');
  });

  it('is another one each time', () => {
    const random = seededRandom(1);
    const made = Array.from({ length: 1_000 }, () => Otp.make(random).digits());
    assert.equal(new Set(made).size, 1_000);
    assert.ok(made.every((digits) => /^\d{9}$/.test(digits)));
    for (let place = 0; place < 9; place += 1) {
      assert.equal(new Set(made.map((digits) => digits[place])).size, 10);
    }
  });

  it('is read as people write it', () => {
    for (const text of [
      '482190375',
      '482-190-375',
      '482 190 375',
      ' 4 8 2-1 9 0-3 7 5\n',
      '482–190—375',
      '482\u00a0190 375',
    ]) {
      assert.equal(otp(text).digits(), '482190375');
    }
    assert.equal(otp('482190375').grouped(), '482-190-375');
  });

  it('is none with other characters or another number of digits', () => {
    for (const text of [
      '',
      '48219037',
      '4821903756',
      '482.190.375',
      '48219037x',
      '+48219037',
      '４８２190375',
      '٤٨٢190375',
    ]) {
      assert.equal(Otp.parse(text), undefined);
    }
    assert.equal(Otp.parse(`${' '.repeat(60)}482190375`), undefined);
  });

  it('does not print, whatever it is printed with', () => {
    const secret = otp('482-190-375');
    const printed = [
      String(secret),
      `${secret}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }, { showHidden: true }),
      format('%s %o %j', secret, secret, secret),
      Object.entries(secret).join(),
    ];
    for (const text of printed) assert.doesNotMatch(text, /482|190|375/);
    assert.equal(String(secret), '[secret]');
  });
});
