/** The drill against a set-up of a vendor: its folders are copied, moved to this machine, and work there. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Line } from '../../scripts/drill/report.ts';
import { enrolDevice, logIn } from '../../scripts/stage/newcomers.ts';
import {
  type Finished,
  freePorts,
  mustRun,
  programs,
  repository,
  runCommand,
  startService,
} from '../stage/index.ts';

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
  let finished: Finished;
  let lines: Line[];
  before(async () => {
    const options = ['relay', 'device', 'representative'].map((who) => [
      `--${who}-data`,
      theirs[`${who}Data` as keyof typeof theirs],
    ]);
    const drill = [join(repository, 'scripts/node'), join(repository, 'scripts/drill.ts'), '--json'];
    finished = await runCommand('sh', [...drill, ...options.flat()], { timeoutMs: 240_000 });
    lines = finished.stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Line);
  });

  it('have every attempt made on them, by their keys, and none gets in', () => {
    assert.deepEqual(
      lines.filter(({ verdict }) => verdict !== 'kept out'),
      [],
      finished.stderr,
    );
    assert.ok(lines.length > 30, finished.stderr);
    assert.equal(finished.status, 0, finished.stderr);
  });
  it('give the drill their device and their representative', () => {
    const { id } = JSON.parse(readFileSync(join(theirs.deviceData, 'identity.json'), 'utf8')) as {
      id: string;
    };
    const all = JSON.stringify(lines);
    assert.ok(all.includes(id) && all.includes('fred'));
  });
  it('are not changed', () => {
    assert.equal(contents(folder), untouched);
  });
});
