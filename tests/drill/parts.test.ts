/** What the drill is made of, held against things that it has to find. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { type Attempt, GotIn, given, refusedWith } from '../../scripts/drill/attempt.ts';
import { searchMemory } from '../../scripts/drill/memory.ts';
import { isIn, needleOf, otpNeedle } from '../../scripts/drill/needles.ts';
import { allKeptOut, format, make } from '../../scripts/drill/report.ts';

const attempt = (act: Attempt['act']): Attempt => ({ title: 'a key', tried: 'turns it', act });
const result = { outcome: 'it does not turn', seen: 'a scratch' };
const nothing = async (): Promise<void> => {};
const refusal = (): Promise<never> => Promise.reject(fail('not-paired'));

describe('an attempt', () => {
  it('that is refused as it should be is kept out', async () => {
    const line = await make(
      attempt(async () => ({ ...result, outcome: await refusedWith(refusal(), 'not-paired') })),
      1,
      nothing,
    );
    assert.equal(line.verdict, 'kept out');
    assert.equal(format(line), '✔ 1 a key: turns it → not-paired | seen: a scratch');
  });
  it('that nothing refuses got in', async () => {
    const { verdict } = await make(
      attempt(async () => ({ ...result, outcome: await refusedWith(Promise.resolve(), 'not-paired') })),
      1,
      nothing,
    );
    assert.equal(verdict, 'got in');
  });
  it('that fails otherwise than it should proves nothing', async () => {
    const acts: Attempt['act'][] = [
      async () => ({ ...result, outcome: await refusedWith(refusal(), 'otp-wrong') }),
      async () => Promise.reject(new Error('no network')),
      async () => {
        given(false, 'nothing honest got in by the same way');
        return result;
      },
    ];
    for (const act of acts) assert.equal((await make(attempt(act), 1, nothing)).verdict, 'failed');
  });
  it('got in, whatever it says of itself, if somebody is in whom nobody let in', async () => {
    const check = async (): Promise<void> => {
      throw new GotIn('a stranger');
    };
    const line = await make(
      attempt(async () => result),
      1,
      check,
    );
    assert.deepEqual([line.verdict, line.outcome], ['got in', 'a stranger']);
  });
});

describe('the whole drill', () => {
  it('ends well only if every attempt was made and kept out', () => {
    const keptOut = { verdict: 'kept out' } as const;
    assert.equal(allKeptOut([keptOut, keptOut]), true);
    for (const verdict of ['got in', 'failed'] as const)
      assert.equal(allKeptOut([keptOut, { verdict }]), false);
    assert.equal(allKeptOut([]), false);
  });
});

describe('the search for a secret', () => {
  const text = 'm0123456789abcdefghij';
  const forms = {
    'as it is': Buffer.from(`x${text}x`),
    'in UTF-16': Buffer.from(`x${text}x`, 'utf16le'),
    'in hex': Buffer.from(Buffer.from(text).toString('hex')),
    'in base64, at its beginning': Buffer.from(Buffer.from(`${text}xyz`).toString('base64')),
    'in base64, one byte later': Buffer.from(Buffer.from(`x${text}xyz`).toString('base64')),
    'in base64, two bytes later': Buffer.from(Buffer.from(`xy${text}xyz`).toString('base64url')),
  };
  for (const [form, bytes] of Object.entries(forms)) {
    it(`finds it ${form}`, () => {
      assert.ok(isIn(bytes, needleOf('a secret', text)));
      assert.ok(!isIn(bytes, needleOf('a secret', 'm0123456789abcdefghix')));
    });
  }
  it('finds a one-time password in each way of writing it, and not inside of a longer number', () => {
    const needle = otpNeedle('482-190-375');
    for (const text of ['"482190375"', 'otp=482-190-375\n', '482 190 375', '482190375']) {
      assert.ok(isIn(Buffer.from(text), needle), text);
    }
    for (const text of ['1482190375', '4821903751', '482-190-376']) {
      assert.ok(!isIn(Buffer.from(text), needle), text);
    }
    assert.ok(isIn(Buffer.from('1482190375, 482190375'), needle));
  });
  it('finds it in the memory of a process that has it, and no other', async () => {
    const hold = `const all = Buffer.from(process.argv[1].toLowerCase());
      process.stdout.write('x'); setTimeout(() => console.log(all.length), 60_000);`;
    const child = spawn(process.execPath, ['-e', hold, text.toUpperCase()], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(child.stdout, 'data');
      const needles = [needleOf('its secret', text), needleOf('another', 'n0123456789abcdefghij')];
      const { found } = await searchMemory(child.pid ?? 0, needles);
      assert.deepEqual([...found], ['its secret']);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
