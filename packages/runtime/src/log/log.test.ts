import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { describe, it } from 'node:test';
import { fail } from '@sallyport/protocol/errors';
import { Otp } from '@sallyport/protocol/grant';
import { createLog, type LogOptions } from './index.ts';

function logged(
  options: Partial<LogOptions>,
  write: (log: ReturnType<typeof createLog>) => void,
): Record<string, unknown>[] {
  const to = new PassThrough();
  write(createLog({ name: 'sallyport-relay', to, ...options }));
  return String(to.read() ?? '')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('the log', () => {
  it('writes one JSON line an event, with its name, time and fields', () => {
    const [line] = logged({}, (log) => log.info('grant-opened-1', { port: 40_123 }));
    assert.equal(line?.['event'], 'grant-opened-1');
    assert.equal(line?.['port'], 40_123);
    assert.equal(line?.['level'], 'info');
    assert.equal(line?.['name'], 'sallyport-relay');
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT/);
  });

  it('leaves out what is below its level', () => {
    const write = (log: ReturnType<typeof createLog>): void => {
      log.debug('a-1');
      log.info('b-1');
      log.warn('c-1');
      log.error('d-1');
    };
    assert.deepEqual(
      logged({ level: 'warn' }, write).map((line) => line['event']),
      ['c-1', 'd-1'],
    );
    assert.deepEqual(logged({ level: 'silent' }, write), []);
  });

  it('never writes a secret, whoever passes one', () => {
    const otp = Otp.parse('482-190-375');
    const text = JSON.stringify(
      logged({}, (log) =>
        log.info('mistake-1', { otp, secret: 'hush-1', body: { token: 'hush-2', key: 'hush-3' }, word: otp }),
      ),
    );
    assert.doesNotMatch(text, /482190375|482-190-375|hush/);
    assert.match(text, /\[secret\]/);
  });

  it('tells which key it was by its hash, and no key itself', () => {
    const hash = 'ab'.repeat(32);
    const [line] = logged({}, (log) =>
      log.info('a-1', { key: hash, tls: { key: '-----BEGIN PRIVATE KEY-----' } }),
    );
    assert.equal(line?.['key'], hash);
    assert.deepEqual(line?.['tls'], { key: '[secret]' });
  });

  it('tells an error with its code and its causes, and a foreign text cannot make a line of its own', () => {
    const error = fail('relay-cut', {
      details: { host: 'x\n{"event":"forged-1"}' },
      cause: new Error('read ECONNRESET'),
    });
    const lines = logged({}, (log) => log.warn('tunnel-lost-1', { error }));
    assert.equal(lines.length, 1);
    const told = lines[0]?.['error'] as { code: string; cause: { message: string } };
    assert.equal(told.code, 'relay-cut');
    assert.equal(told.cause.message, 'read ECONNRESET');
  });

  it('holds up nobody while its reader has stopped, and tells how much it left out', async () => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'testFlood.ts')]);
    const [done] = (await once(child.stdout, 'data')) as [Buffer];
    assert.equal(String(done), 'done\n', 'it went on without a reader of its log');
    const lines: { event: string; lines?: number }[] = [];
    for await (const line of createInterface({ input: child.stderr })) {
      lines.push(JSON.parse(line) as { event: string });
      if (lines.at(-1)?.event === 'lines-left-out-1') child.stdin.end();
    }
    const told = lines.reduce((sum, line) => sum + (line.lines ?? 0), 0);
    const written = lines.filter(({ event }) => event === 'flood-1').length;
    assert.ok(told > 10_000, `${told} left out`);
    assert.equal(told + written, 20_000);
  });
});
