import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, it } from 'node:test';

/** A program of one command `go`, whose action is this source text, in a process of its own. */
function start(
  action: string,
): ChildProcess & { stdout: NodeJS.ReadableStream; stderr: NodeJS.ReadableStream } {
  const index = new URL('./index.ts', import.meta.url).href;
  const source = `
    import { createServer } from 'node:net';
    import { interruptSignal, makeProgram, runProgram, subcommand } from ${JSON.stringify(index)};
    const program = makeProgram('sallyport', { summary: 'Test.' });
    subcommand(program, 'go', { summary: 'Go.' }).action(async () => { ${action} });
    await runProgram(program);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source, '--', 'script', 'go'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return Object.assign(child, { stdout: child.stdout, stderr: child.stderr });
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += String(chunk);
  return text;
}

describe('the process of a command', { timeout: 15_000 }, () => {
  it('ends when the command has ended, whatever it left open', async () => {
    const child = start(`createServer().listen(0); setInterval(() => {}, 1000); console.log('done');`);
    const [out, [code]] = await Promise.all([textOf(child.stdout), once(child, 'exit')]);
    assert.deepEqual([out, code], ['done\n', 0]);
  });

  it('ends after its last byte of output', async () => {
    const child = start(`process.stdout.write('x'.repeat(4_000_000));`);
    const [out, [code]] = await Promise.all([textOf(child.stdout), once(child, 'exit')]);
    assert.deepEqual([out.length, code], [4_000_000, 0]);
  });

  it('ends quietly when nobody reads its output any more', async () => {
    const child = start(`for (;;) { console.log('line'); await new Promise((go) => setImmediate(go)); }`);
    await once(child.stdout, 'data');
    (child.stdout as unknown as { destroy(): void }).destroy();
    const [err, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
    assert.deepEqual([err, code], ['', 0]);
  });

  it('is interrupted in order by SIGINT, and says so', async () => {
    const child = start(`
      const signal = interruptSignal();
      console.log('ready');
      await new Promise((_, reject) => {
        setInterval(() => {}, 1000);
        signal.addEventListener('abort', () => reject(signal.reason));
      });`);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [err, [code]] = await Promise.all([textOf(child.stderr), once(child, 'exit')]);
    assert.match(err, /^sallyport: Interrupted\.\n/);
    assert.equal(code, 1);
  });

  it('ends at once by a second SIGINT', async () => {
    const child = start(`
      const signal = interruptSignal();
      signal.addEventListener('abort', () => console.log('slow'));
      console.log('ready');
      await new Promise(() => setInterval(() => {}, 1000));`);
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    await once(child.stdout, 'data');
    child.kill('SIGINT');
    const [, signal] = (await once(child, 'exit')) as [number | null, string | null];
    assert.equal(signal, 'SIGINT');
  });
});
