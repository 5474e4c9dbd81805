import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { readAccounts } from './accounts.ts';
import { fromText, toText } from './bytePath.ts';
import { attributesOf, longLine, modeText } from './listing.ts';
import { run, scratch } from './testWorker.ts';

describe('a line of a listing', () => {
  it('begins with the kind and the rights, as in ls', () => {
    const modes = [0o100644, 0o040755, 0o120777, 0o140700, 0o020620, 0o060660, 0o010600].map(modeText);
    assert.deepEqual(modes, [
      '-rw-r--r--',
      'drwxr-xr-x',
      'lrwxrwxrwx',
      'srwx------',
      'crw--w----',
      'brw-rw----',
      'prw-------',
    ]);
    assert.deepEqual([0o104755, 0o102711, 0o041777, 0o107000].map(modeText), [
      '-rwsr-xr-x',
      '-rwx--s--x',
      'drwxrwxrwt',
      '---S--S--T',
    ]);
  });

  it('says what ls says of every entry of /dev and /etc', async () => {
    const accounts = readAccounts();
    for (const folder of ['/dev', '/etc']) {
      const { out } = await run('env', ['LC_ALL=C', 'ls', '-ln', '--time-style=+%s', folder]);
      const modes = new Map(
        out
          .split('\n')
          .map((line) => /^(\S{10})\S? +(\d+) .* \d+ (.+?)(?: -> .*)?$/.exec(line))
          .flatMap((match) => (match ? [[match[3], `${match[1]} ${match[2]}`]] : [])),
      );
      assert.ok(modes.size > 5);
      for (const [name = '', expected] of modes) {
        const stat = fs.lstatSync(path.join(folder, name), { bigint: true });
        const line = toText(longLine(fromText(name), stat, accounts, Date.now()));
        assert.equal(line.split(/ +/).slice(0, 2).join(' '), expected, name);
        assert.ok(line.endsWith(` ${name}`));
      }
    }
  });

  it('has the time of what is new, and the year of what is old or of the future', (t) => {
    const folder = scratch(t);
    const now = new Date(2027, 5, 15, 12, 0);
    const line = (time: Date): string => {
      fs.utimesSync(folder, time, time);
      const stat = fs.lstatSync(folder, { bigint: true });
      return longLine(fromText('x'), stat, readAccounts('/none', '/none'), now.getTime());
    };
    assert.match(line(new Date(2027, 5, 1, 7, 2)), /Jun {2}1 07:02 x$/);
    assert.match(line(new Date(2026, 5, 1, 7, 2)), /Jun {2}1 {2}2026 x$/);
    assert.match(line(new Date(2027, 5, 16, 7, 2)), /Jun 16 {2}2027 x$/);
  });

  it('names users and groups as the files of the device do, and by number where they do not', (t) => {
    const folder = scratch(t);
    const passwd = path.join(folder, 'passwd');
    fs.writeFileSync(passwd, '# a comment\nerin:x:1000:1000:Erin:/home/erin:/bin/sh\n\nbroken\n');
    const accounts = readAccounts(passwd, path.join(folder, 'none'));
    assert.deepEqual(
      [accounts.userName(1000), accounts.userName(0), accounts.groupName(0)],
      ['erin', undefined, undefined],
    );
    assert.equal(accounts.homeOf('erin'), '/home/erin');
  });

  it('tells times that version 3 cannot, as the nearest that it can', (t) => {
    const folder = scratch(t);
    fs.utimesSync(folder, new Date(-5000), new Date(2 ** 33 * 1000));
    const { times } = attributesOf(fs.statSync(folder, { bigint: true }));
    assert.deepEqual(times, { accessed: 0, modified: 0xffffffff });
  });
});
