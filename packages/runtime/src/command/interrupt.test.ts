import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, it } from 'node:test';

/** A program that needs another word on its standard input to end in order, once it was interrupted. */
const script = `
  import { interruptSignal } from ${JSON.stringify(join(import.meta.dirname, 'interrupt.ts'))};
  const stop = interruptSignal();
  const alive = setInterval(() => {}, 1_000);
  stop.addEventListener('abort', () => process.stdout.write('interrupted'));
  process.stdin.once('data', () => { clearInterval(alive); process.exit(7); });
  process.stdout.write('ready');
`;

async function interrupted(name: NodeJS.Signals): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = async (word: string): Promise<void> =>
    assert.equal(String((await once(child.stdout, 'data'))[0]), word);
  await said('ready');
  child.kill(name);
  await said('interrupted');
  return child;
}

describe('a program that is told to end', () => {
  it('ends in order, however often the terminal hangs up', async () => {
    const child = await interrupted('SIGHUP');
    child.kill('SIGHUP');
    child.kill('SIGHUP');
    child.stdin?.write('end\n');
    assert.deepEqual(await once(child, 'exit'), [7, null]);
  });

  it('ends at once when somebody is impatient', async () => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      const child = await interrupted('SIGINT');
      child.kill(name);
      assert.deepEqual(await once(child, 'exit'), [null, name]);
    }
  });
});
