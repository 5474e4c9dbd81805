/** The drill against a set-up of a vendor: its folders are copied, moved to this machine, and work there. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { doorOf, letThrough, pairCommand, withOtp } from '../../scripts/drill/moves.ts';
import { type Scene, setScene } from '../../scripts/drill/scene.ts';
import { enrolDevice, logIn } from '../../scripts/stage/newcomers.ts';
import { freePorts, mustRun, programs, startService } from '../stage/index.ts';

let folder: string;
let theirs: { relayData: string; deviceData: string; representativeData: string };
let untouched: string;

/** All that lies in a folder, as one hash. */
function contents(path: string): string {
  const hash = createHash('sha256');
  for (const name of globSync('**', { cwd: path }).sort()) {
    hash.update(name);
    const file = join(path, name);
    if (statSync(file).isFile()) hash.update(readFileSync(file));
  }
  return hash.digest('hex');
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-vendor-'));
  const [relayData, deviceData, representativeData] = ['relay', 'device', 'fred'].map((name) =>
    join(folder, name),
  );
  theirs = { relayData, deviceData, representativeData } as typeof theirs;
  const [port = 0] = await freePorts(1);
  const listen = `127.0.0.1:${port}`;
  // A name of its own, which the copies do not keep.
  await mustRun(programs.relay, [
    'init',
    '--data',
    theirs.relayData,
    '--name',
    'relay.localhost',
    '--listen',
    listen,
  ]);
  const relay = startService(programs.relay, ['serve', '--data', theirs.relayData]);
  await relay.line(/^ready/);
  await enrolDevice(theirs.relayData, theirs.deviceData);
  await logIn(theirs.relayData, 'fred', theirs.representativeData);
  await relay.end();
  untouched = contents(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe("a vendor's folders", () => {
  let scene: Scene;
  before(async () => {
    scene = await setScene(theirs);
  });
  after(() => scene.end());

  it('give the drill their device and their representative, and are not changed', () => {
    assert.equal(scene.erin.own.id, 'fred');
    const { id } = JSON.parse(readFileSync(join(theirs.deviceData, 'identity.json'), 'utf8')) as {
      id: string;
    };
    assert.equal(scene.device.own.id, id);
    assert.equal(contents(folder), untouched);
  });
  it('let the thief stand in for their relay, by the keys that lie in them', async () => {
    const { relay } = await scene.steal();
    const otp = await scene.device.enable({ forMs: 60_000, scopes: ['web'] });
    const door = await doorOf(relay, scene.device);
    const { status, stdout } = await letThrough(door, scene.erin, pairCommand(door), withOtp(otp));
    assert.equal(status, 0, stdout);
  });
});
