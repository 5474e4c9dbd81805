import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { commandLine } from './line.ts';

describe('the line of a command', () => {
  it('is one word as it is, for the shell on the device', () => {
    assert.equal(commandLine(['ls /tmp | wc -l; exit 7']), 'ls /tmp | wc -l; exit 7');
  });
  it('is readable where nothing needs quotes', () => {
    assert.equal(commandLine(['tar', 'c', '--exclude=a,b', '/etc']), 'tar c --exclude=a,b /etc');
  });
  it('brings each of several words through a shell as it was given', () => {
    const words = ['a b', '', "it's", '$HOME', '*', 'new\nline', '"', '\\', '~', 'A=1', '-n', 'ä'];
    const line = commandLine(['printf', '%s\\0', ...words]);
    assert.equal(execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }), `${words.join('\0')}\0`);
  });
});
