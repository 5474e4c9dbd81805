import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { encodeConnection } from '@sallyport/protocol/connectionCode';
import { run } from '@sallyport/runtime/command';
import { supportProgram } from './program.ts';

/** What the command writes, without an identity. */
async function decode(...words: string[]): Promise<{ code: number; said: string }> {
  let said = '';
  const { write } = process.stdout;
  process.stdout.write = ((text: string) => {
    said += text;
    return true;
  }) as typeof write;
  try {
    const write = (_: string, text: string): void => {
      said += text;
    };
    return {
      code: await run(supportProgram(), ['decode', ...words, '--data', '/nowhere/at-all'], { write }),
      said,
    };
  } finally {
    process.stdout.write = write;
  }
}

describe('sallyport decode', () => {
  const code = encodeConnection({
    verdict: 'ends-at-stranger',
    ports: ['stranger', 'silent'],
    advice: ['tls-inspected', 'clock-wrong'],
  });

  it('says verdict, each port and advice of a code, without an identity and however it was typed', async () => {
    for (const typed of [code, code.toLowerCase().replace('-', ''), code.replaceAll('0', 'O')]) {
      const { said } = await decode(typed);
      assert.match(said, /somebody else answers in its place/, typed);
      assert.match(said, /port number 1 of the relay: somebody else than the relay answers/);
      assert.match(said, /port number 2 of the relay: nothing answers/);
      assert.match(said, /certificate of its own\. Have the relay excepted/);
      assert.match(said, /clock is wrong/);
      assert.doesNotMatch(said, /number 3|[{}?]/);
    }
  });
  it('says the same to machines', async () => {
    const answer = JSON.parse((await decode(code, '--json')).said);
    assert.equal(answer.verdict.code, 'ends-at-stranger');
    assert.deepEqual(
      answer.ports.map(({ place, reached }: { place: number; reached: string }) => [place, reached]),
      [
        [1, 'stranger'],
        [2, 'silent'],
      ],
    );
    assert.deepEqual(
      answer.advice.map((one: { code: string }) => one.code),
      ['tls-inspected', 'clock-wrong'],
    );
  });
  it('refuses what is no such code, as wrong use', async () => {
    const wrong = `${code.startsWith('3') ? '4' : '3'}${code.slice(1)}`;
    const { code: exit, said } = await decode(wrong, '--json');
    assert.equal(exit, 2);
    assert.match(said, /connection-code-malformed/);
  });
});
