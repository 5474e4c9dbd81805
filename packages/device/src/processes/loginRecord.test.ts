import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { noteLogin } from './loginRecord.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-login-'));
after(() => rmSync(folder, { recursive: true }));
const files = { here: join(folder, 'utmp'), was: join(folder, 'wtmp') };
const login = {
  pid: process.pid,
  terminal: '/dev/pts/42',
  user: 'support',
  representative: 'erin@maker.example',
};
const env = { ...process.env, TZ: 'UTC', LANG: 'C.UTF-8' };
const last = (): string => execFileSync('last', ['-w', '-f', files.was], { encoding: 'utf8', env });
const who = (): string => execFileSync('who', [files.here], { encoding: 'utf8', env });

describe('a terminal in the lists of the system', () => {
  it('is not noted where there are none, and makes none', () => {
    noteLogin(login, files)();
    assert.ok(!existsSync(files.was) && !existsSync(files.here));
  });

  it('is told by last and who with its representative, and so is its end', () => {
    for (const file of [files.here, files.was]) writeFileSync(file, '');
    // `last` takes an end in this very second for none.
    const ended = noteLogin(login, files, () => Date.now() - 60_000);
    assert.match(who(), /^support +pts\/42 +.*\(erin@maker\.example\)$/m);
    assert.match(last(), /^support +pts\/42 +erin@maker\.example /m);
    ended();
    assert.equal(who(), '');
    assert.match(last(), /^support +pts\/42 +erin@maker\.example .* \(00:00\)$/m);
    assert.equal(statSync(files.here).size, 384);
    noteLogin(login, files)();
    assert.equal(statSync(files.here).size, 384);
  });

  it('leaves a list alone that is of another form', () => {
    for (const file of [files.here, files.was]) writeFileSync(file, 'x'.repeat(400));
    noteLogin(login, files)();
    assert.equal(statSync(files.was).size, 400);
    assert.equal(statSync(files.here).size, 400);
  });

  it('has nothing in it that a terminal would obey', () => {
    writeFileSync(files.was, '');
    noteLogin({ ...login, representative: '\u001b[31merin\n\u202e' }, files);
    assert.match(last(), /\?\[31merin\?\?/);
  });
});
