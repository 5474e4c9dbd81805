import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { controlFolder, makeControlFolder, sshConfigBlock } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-ssh-config-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What `ssh` makes of the block for a host: its options by lower-case name. */
function asSshReads(places: Parameters<typeof sshConfigBlock>[0], host: string): Map<string, string> {
  const file = join(folder, 'config');
  writeFileSync(file, sshConfigBlock(places));
  const printed = execFileSync('ssh', ['-G', '-F', file, host], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return new Map(
    printed.split('\n').map((line) => [line.split(' ', 1)[0] ?? '', line.slice(line.indexOf(' ') + 1)]),
  );
}
const plain = { program: '/opt/sallyport/sallyport', data: '/home/erin/s', control: '/home/erin/s/ssh' };

describe('the ssh-config block', () => {
  it('is read by ssh for hosts of ours, and leaves other hosts alone', () => {
    const ours = asSshReads(plain, '40123.sallyport');
    assert.equal(ours.get('proxycommand'), "/opt/sallyport/sallyport proxy --data /home/erin/s -- '%h'");
    assert.equal(ours.get('controlmaster'), 'auto');
    assert.equal(ours.get('stricthostkeychecking'), 'true');
    assert.equal(ours.get('userknownhostsfile'), 'none');
    assert.equal(ours.get('forwardagent'), 'no');
    assert.equal(ours.get('forwardx11'), 'no');
    assert.equal(ours.get('serveraliveinterval'), '0');
    assert.equal(ours.get('pubkeyauthentication'), 'false');
    assert.match(ours.get('controlpath') ?? '', /^\/home\/erin\/s\/ssh\/[0-9a-f]{40}$/);
    assert.equal(asSshReads(plain, 'other.example').get('proxycommand'), undefined);
  });
  it('has no option that any ssh since 8.5 would not know', () => {
    assert.doesNotMatch(sshConfigBlock(plain), /WarnWeakCrypto|IgnoreUnknown/);
  });
  it('gives the programs their paths whatever characters these have', () => {
    const odd = join(folder, `it's a "%h" \\$HOME;`);
    const script = `#!/bin/sh\nprintf '%s\\n' "$@" >&2\n`;
    execFileSync('mkdir', ['-p', odd]);
    const program = join(odd, 'sallyport');
    writeFileSync(program, script, { mode: 0o755 });
    const file = join(folder, 'config');
    writeFileSync(file, sshConfigBlock({ program, data: odd, control: join(folder, 'c') }));
    const { stderr } = spawnSync('ssh', ['-F', file, '40123.sallyport'], { encoding: 'utf8' });
    assert.deepEqual(stderr.split('\n').slice(0, 5), ['proxy', '--data', odd, '--', '40123.sallyport']);
  });
  it('does not apply to a host name with a quote, which could leave its quotes in the shell', () => {
    const host = `4'\`id\`'.sallyport`;
    const file = join(folder, 'config');
    writeFileSync(file, sshConfigBlock(plain));
    const { stdout } = spawnSync('ssh', ['-G', '-F', file, host], { encoding: 'utf8' });
    assert.doesNotMatch(stdout, /proxycommand/);
  });
});

describe('the folder for shared connections', () => {
  it('is inside the data folder where the path of a socket fits there', () => {
    assert.equal(controlFolder('/home/erin/.config/sallyport'), '/home/erin/.config/sallyport/ssh');
  });
  it('is elsewhere, one for each data folder, where it does not fit or has odd characters', () => {
    for (const data of [`/home/${'x'.repeat(60)}`, '/home/erin/my data', '/home/%h', '/home/$X']) {
      const found = controlFolder(data, '/tmp', 1000);
      assert.match(found, /^\/tmp\/sallyport-1000-[0-9a-f]{12}$/);
      assert.notEqual(found, controlFolder(`${data}2`, '/tmp', 1000));
      assert.ok(Buffer.byteLength(found) + 58 <= 107);
    }
  });
  it('is made for this user alone', () => {
    const made = join(folder, 'a', 'ssh');
    makeControlFolder(made);
    makeControlFolder(made);
    assert.equal(statSync(made).mode & 0o777, 0o700);
  });
  it('is refused if others can reach into it, or if it is a link', () => {
    const open = join(folder, 'open');
    execFileSync('mkdir', ['-m', '777', open]);
    assert.throws(() => makeControlFolder(open), { code: 'control-folder-foreign' });
    const link = join(folder, 'link');
    symlinkSync(join(folder, 'a'), link);
    assert.throws(() => makeControlFolder(link), { code: 'control-folder-foreign' });
  });
});
