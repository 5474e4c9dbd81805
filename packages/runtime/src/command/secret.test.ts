import assert from 'node:assert/strict';
import { spawn as spawnProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { spawn } from '@lydell/node-pty';
import { fail } from '../errors/index.ts';
import { readSecret, type SecretSource } from './index.ts';

const base = mkdtempSync(join(tmpdir(), 'sallyport-secret-'));
after(() => rmSync(base, { recursive: true }));
const source: SecretSource = {
  what: 'The one-time password',
  prompt: 'One-time password: ',
  instead: 'Run "sallyport pair 40123" first.',
  tty: join(base, 'absent'),
};
const fileWith = (name: string, text: string): string => {
  const path = join(base, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
};

describe('readSecret', () => {
  it('takes the first line of the file, before the environment', async () => {
    const file = fileWith('otp', '  482-190-375 \r\nmore\n');
    assert.equal(await readSecret({ ...source, file, env: '111-111-111' }), '482-190-375');
  });

  it('takes the environment where no file is named', async () => {
    assert.equal(await readSecret({ ...source, env: ' 482-190-375\n' }), '482-190-375');
  });

  it('fails with no-tty, and what to do instead, where there is no terminal', async () => {
    const expected = { code: 'no-tty', details: { what: source.what, instead: source.instead } };
    await assert.rejects(readSecret(source), { code: expected.code, details: expected.details });
    await assert.rejects(readSecret({ ...source, tty: fileWith('no-terminal', '') }), { code: 'no-tty' });
    await assert.rejects(readSecret({ ...source, tty: '/dev/null' }), { code: 'no-tty' });
  });

  it('refuses a file that is not there, empty, a folder or too large', async () => {
    const folder = join(base, 'folder');
    mkdirSync(folder);
    const files = [
      join(base, 'absent'),
      fileWith('empty', ''),
      fileWith('blank', '\n482-190-375\n'),
      folder,
      fileWith('large', 'x'.repeat(5_000)),
    ];
    for (const file of files) {
      await assert.rejects(readSecret({ ...source, file }), { code: 'secret-unreadable' }, file);
    }
  });
});

/** A program that reads the secret, tells what it got, and how it left the terminal. */
function programThatReads(file?: string): string {
  const index = new URL('./index.ts', import.meta.url).href;
  return `
    import { spawnSync } from 'node:child_process';
    import { interruptSignal, readSecret } from ${JSON.stringify(index)};
    const source = ${JSON.stringify({ ...source, tty: undefined, file })};
    readSecret({ ...source, signal: interruptSignal() }).then(
      (secret) => console.log('GOT ' + Buffer.from(secret).toString('hex')),
      (error) => console.log('FAILED ' + error.code + ': ' + error.message),
    ).then(() => spawnSync('stty', ['-a'], { stdio: ['inherit', 'inherit', 'ignore'] }));`;
}

const hex = (text: string): string => `GOT ${Buffer.from(text).toString('hex')}`;

describe('readSecret of standard input', { timeout: 15_000 }, () => {
  /** What the program tells whose standard input is a socket of ours, as Node and systemd give it. */
  const behindSocket = async (input: string): Promise<string> => {
    const argv = ['--input-type=module', '-e', programThatReads('-')];
    const child = spawnProcess(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
    child.stdin.end(input);
    return text(child.stdout);
  };

  it('takes its first line, also behind a socket', async () => {
    assert.match(await behindSocket('482-190-375\nmore\n'), new RegExp(hex('482-190-375')));
  });

  it('is named in words when it cannot be used', async () => {
    assert.match(await behindSocket(''), /secret-unreadable: Standard input, which .*: it is empty/i);
  });
});

type Terminal = ReturnType<typeof spawn>;

/** Runs `readSecret` on a real terminal and types, or does something else to it, when it has asked. */
function onTerminal(act: string | ((terminal: Terminal) => void)): Promise<{ shown: string }> {
  const program = programThatReads();
  const terminal = spawn(process.execPath, ['--input-type=module', '-e', program], { cols: 80, rows: 24 });
  return new Promise((resolve) => {
    let shown = '';
    let typed = false;
    terminal.onData((text) => {
      shown += text;
      if (typed || !shown.includes(source.prompt)) return;
      typed = true;
      if (typeof act === 'string') terminal.write(act);
      else act(terminal);
    });
    terminal.onExit(() => resolve({ shown }));
  });
}

describe('readSecret at a terminal', { timeout: 15_000 }, () => {
  it('asks, shows nothing of what is typed, and takes back what was deleted', async () => {
    const { shown } = await onTerminal('482-199\x7f0-375\r');
    assert.match(shown, new RegExp(hex('482-190-375')));
    assert.doesNotMatch(shown, /482|375/);
  });

  it('starts the line anew with Ctrl-U, and takes letters of several bytes', async () => {
    assert.match((await onTerminal('wrong\x15pässwört\r')).shown, new RegExp(hex('pässwört')));
  });

  it('ends with Ctrl-C, and with Ctrl-D on an empty line', async () => {
    assert.match((await onTerminal('482\x03')).shown, /FAILED interrupted/);
    assert.match((await onTerminal('\x04')).shown, /FAILED interrupted/);
  });

  for (const name of ['SIGTERM', 'SIGHUP']) {
    it(`ends with the first ${name}, and gives the terminal back`, async () => {
      const { shown } = await onTerminal((terminal) => terminal.kill(name));
      assert.match(shown, /FAILED interrupted/);
      assert.match(shown, /\sicanon\s.*\secho\s/s);
    });
  }

  it('is not asked when it was interrupted before', async () => {
    const gone = AbortSignal.abort(fail('interrupted'));
    await assert.rejects(readSecret({ ...source, signal: gone }), { code: 'interrupted' });
  });
});
