import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { makeGrantId, type PortNumber } from '@sallyport/protocol/grant';
import { seededRandom } from '@sallyport/protocol/testing';
import { openPins, type Pin, pinLifeMs } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'sallyport-pins-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const random = seededRandom(7);
const ownKey = 'a'.repeat(64);
const hostKey = `ssh-ed25519 ${'A'.repeat(68)}`;
const makePin = (port: number, rest: Partial<Pin> = {}): Pin => ({
  v: 1,
  grant: makeGrantId(random),
  port: port as PortNumber,
  device: 'd1',
  deviceKey: 'b'.repeat(64),
  ownKey,
  pairedAt: Date.now(),
  ...rest,
});
let data = '';
beforeEach(() => {
  data = mkdtempSync(join(folder, 'data-'));
});

describe('the pins', () => {
  it('are kept one file a grant, for this user alone', () => {
    const pins = openPins(data, ownKey, Date.now());
    const pin = makePin(40_001);
    pins.keep(pin);
    assert.deepEqual(pins.of(pin.grant), pin);
    assert.deepEqual(readdirSync(pins.folder), [`${pin.grant}.json`]);
    assert.equal(statSync(pins.folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(pins.folder, `${pin.grant}.json`)).mode & 0o777, 0o600);
  });
  it('have one of each port number: the one kept last, whatever its time', () => {
    const pins = openPins(data, ownKey, Date.now());
    const other = makePin(40_002);
    pins.keep(other);
    pins.keep(makePin(40_001, { pairedAt: Date.now() + 1_000_000 }));
    const newest = makePin(40_001, { pairedAt: 5 });
    pins.keep(newest);
    assert.deepEqual(pins.ofPort(40_001 as PortNumber), newest);
    assert.deepEqual(pins.ofPort(40_002 as PortNumber), other);
    assert.equal(pins.ofPort(40_003 as PortNumber), undefined);
  });
  it('of another key of one’s own are as good as absent', () => {
    const pin = makePin(40_001);
    openPins(data, ownKey, Date.now()).keep(pin);
    const pins = openPins(data, 'c'.repeat(64), Date.now());
    assert.equal(pins.of(pin.grant), undefined);
    assert.equal(pins.ofPort(pin.port), undefined);
  });
  it('that outlived every grant are removed when a new one is kept', () => {
    const pins = openPins(data, ownKey, Date.now());
    const old = makePin(40_001);
    pins.keep(old);
    const past = (Date.now() - pinLifeMs - 1_000) / 1_000;
    utimesSync(join(pins.folder, `${old.grant}.json`), past, past);
    pins.keep(makePin(40_002));
    assert.equal(pins.of(old.grant), undefined);
  });
  it('that are damaged are told, not ignored', () => {
    const pins = openPins(data, ownKey, Date.now());
    const pin = makePin(40_001);
    pins.keep(pin);
    const file = join(pins.folder, `${pin.grant}.json`);
    writeFileSync(file, '{"v":1}');
    assert.throws(() => pins.of(pin.grant), { code: 'pin-damaged' });
    writeFileSync(file, ' '.repeat(10_000));
    assert.throws(() => pins.of(pin.grant), { code: 'folder-unusable' });
  });
  it('that others can read are refused', () => {
    const pins = openPins(data, ownKey, Date.now());
    const pin = makePin(40_001);
    pins.keep(pin);
    chmodSync(join(pins.folder, `${pin.grant}.json`), 0o644);
    assert.throws(() => pins.of(pin.grant), { code: 'folder-permissions' });
  });
});

/** What `ssh` is told by its KnownHostsCommand. */
function knownHost(host: string, shown = 'NONE'): { line: string; said: string; status: number | null } {
  const program = join(import.meta.dirname, '../../bin/sallyport-known-host');
  const args = [data, host, 'HOSTNAME', 'ssh-ed25519', shown];
  const { stdout, stderr, status } = spawnSync(program, args, { encoding: 'utf8' });
  return { line: stdout, said: stderr, status };
}

describe('the line of a known host', () => {
  it('is the host key of the port number’s pin, for the name that ssh looks up', () => {
    openPins(data, ownKey, Date.now()).keep(makePin(40_001, { hostKey }));
    openPins(data, ownKey, Date.now()).keep(makePin(40_002, { hostKey: hostKey.replaceAll('A', 'B') }));
    for (const host of ['40001.sallyport', '[40001.sallyport]:2222']) {
      assert.deepEqual(knownHost(host), { line: `${host} ${hostKey}\n`, said: '', status: 0 });
    }
  });
  it('is that of the newest pin, should there be several', () => {
    const pins = openPins(data, ownKey, Date.now());
    pins.keep(makePin(40_001, { hostKey, pairedAt: 5 }));
    const older = makePin(40_001, { hostKey: hostKey.replaceAll('A', 'B'), pairedAt: 4 });
    writeFileSync(join(pins.folder, `${older.grant}.json`), `${JSON.stringify(older)}\n`);
    assert.equal(knownHost('40001.sallyport').line, `40001.sallyport ${hostKey}\n`);
  });
  it('comes with a warning when the device shows another key', () => {
    openPins(data, ownKey, Date.now()).keep(makePin(40_001, { hostKey }));
    assert.match(knownHost('40001.sallyport', 'B'.repeat(68)).said, /another SSH key .* Do not go on/);
    assert.equal(knownHost('40001.sallyport', 'A'.repeat(68)).said, '');
  });
  it('is none for other hosts, and for a grant that was not entered yet', () => {
    openPins(data, ownKey, Date.now()).keep(makePin(40_001));
    const others = ['40002.sallyport', '40001.sallyport.evil', 'evil', '[40001.sallyport]:x', '*.sallyport'];
    for (const host of ['40001.sallyport', ...others]) {
      assert.deepEqual(knownHost(host), { line: '', said: '', status: 0 });
    }
  });
  it('is none, and a sentence, where there are no pins', () => {
    const { line, said, status } = knownHost('40001.sallyport');
    assert.equal(line, '');
    assert.match(said, /no pin can be read/);
    assert.equal(status, 1);
  });
});
