import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { parseReceipt, type Verified, verifyReceipt } from '@sallyport/protocol/receipt';
import {
  mustRun,
  programs,
  runCommand,
  startService,
  type TestStage,
  testStage,
  untilSaid,
} from '../stage/index.ts';

let stage: TestStage;
let erin = '';
before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
});
after(() => stage.end());

const env = () => ({ SALLYPORT_DATA: erin });
const exec = (port: number, ...words: string[]) =>
  runCommand(programs.support, ['exec', String(port), '--', ...words], { env: env() });

/** The receipts that Erin keeps of a grant, in the order in which the device counts them. */
function keptOf(grant: string): { file: string; verified: Verified }[] {
  const folder = join(erin, 'receipts', grant);
  return readdirSync(folder)
    .map((name) => ({
      file: join(folder, name),
      verified: verifyReceipt(parseReceipt(readFileSync(join(folder, name)))),
    }))
    .sort((one, other) => one.verified.statement.number - other.verified.statement.number);
}

/** What the device answers to a question of its administrator. */
async function ask<T>(path: string): Promise<T> {
  const asked = get({ socketPath: join(stage.deviceData, 'agent.sock'), path });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  const body = await text(answer);
  assert.equal(answer.statusCode, 200, body);
  return JSON.parse(body) as T;
}
type History = {
  grant: string;
  sessions: {
    id: string;
    why: string;
    receipt?: { hash: string; signed: string };
    channels: { what: string }[];
  }[];
};
const historyOf = (grant: string): Promise<History> => ask(`/v1/history/grants/${grant}`);
const grantNow = async (): Promise<string> => (await ask<{ grant: string }>('/v1/status')).grant;

describe('the receipt of a session', () => {
  it('is signed by both at its end, kept by both, and each names the one before', async () => {
    const grant = await stage.fresh(
      '--for',
      '1h',
      '--allow',
      'terminal,files:write',
      '--reference',
      'CASE-7',
    );
    await stage.pair(erin, grant);
    assert.equal((await exec(grant.port, 'echo', 'one')).status, 0);
    const source = join(stage.files, 'file');
    writeFileSync(source, 'hello');
    await mustRun(programs.support, ['cp', source, `${grant.port}:${join(stage.files, 'copy')}`], {
      env: env(),
    });
    const id = await grantNow();
    // To pair is a session, too.
    const kept = keptOf(id).filter(({ verified }) => verified.statement.channels.count > 0);
    assert.deepEqual(
      kept.map(({ verified }) => verified.standing),
      ['both', 'both'],
    );
    const [first, second] = kept.map(({ verified }) => verified);
    assert.ok(first && second);
    const { statement, vouch } = first;
    assert.equal(vouch?.covers, 'all');
    assert.equal(statement.reference, 'CASE-7');
    assert.equal(statement.why, 'session-closed');
    assert.deepEqual(
      statement.channels.items.map(({ kind, what, exitCode }) => [kind, what, exitCode]),
      [['command', 'echo one', 0]],
    );
    assert.equal(statement.recordings.count, 1);
    assert.ok(second.statement.files.items.some(({ path }) => path.startsWith(stage.files)));
    assert.equal(second.statement.previous, first.hash);
    assert.equal(second.statement.number, first.statement.number + 1);
    for (const { file } of kept) assert.equal(statSync(file).mode & 0o777, 0o600);

    const { sessions } = await historyOf(id);
    const ofDevice = sessions.find((session) => session.id === statement.session);
    assert.deepEqual(ofDevice?.receipt, { hash: first.hash, signed: 'both' });
    const file = await ask<unknown>(`/v1/receipts/${statement.session}`);
    assert.deepEqual(file, JSON.parse(readFileSync(kept[0]?.file ?? '', 'utf8')));
  });

  it('is checked anywhere by the command, which compares the root with what it knows', async () => {
    const grant = await stage.fresh();
    await stage.pair(erin, grant);
    for (const _ of ['one', 'two']) {
      const { status, stderr } = await exec(grant.port, 'true');
      assert.equal(status, 0, stderr);
    }
    const kept = keptOf(await grantNow());
    const by = kept.map(({ verified }) => [verified.statement.number, verified.standing]);
    assert.ok(
      by.every(([, standing]) => standing === 'both'),
      JSON.stringify(by),
    );
    const last = kept.at(-1);
    assert.ok(last);
    const nowhere = join(stage.files, 'nobody');
    const stranger = await runCommand(
      programs.support,
      ['receipt', 'verify', last.file, '--data', nowhere],
      {},
    );
    assert.match(stranger.stdout, /signed the same statement[\s\S]*compare the root/);
    assert.match(stranger.stdout, new RegExp(`Maker's root +${last.verified.root}`));
    assert.match(stranger.stdout, /Receipts? 1.* of this grant (is|are) not among them/);
    const files = kept.map(({ file }) => file);
    const all = ['receipt', 'verify', ...files, '--data', stage.deviceData];
    const whole = await runCommand(programs.device, all, {});
    assert.match(whole.stdout, /The root is that of the maker/);
    assert.doesNotMatch(whole.stdout, /not among them/);
    const changed = join(stage.files, 'changed.json');
    writeFileSync(changed, readFileSync(last.file, 'utf8').replace('"why\\":\\"', '"why\\":\\"x'));
    const bad = await runCommand(programs.device, ['receipt', 'verify', changed, '--data', nowhere], {});
    assert.equal(bad.status, 1);
    assert.match(bad.stderr, /signature of the device is not of this statement \(.*changed\.json\)/);
    writeFileSync(changed, '{}');
    const none = await runCommand(programs.device, ['receipt', 'verify', changed, '--data', nowhere], {});
    assert.match(none.stderr, /^sallyport-device: This is not a receipt: [^.]* \(.*changed\.json\)\.\n/);
    // Of several, all are looked at.
    const mixed = ['receipt', 'verify', changed, ...files, `${changed}.gone`, '--data', stage.deviceData];
    const some = await runCommand(programs.device, mixed, {});
    assert.equal(some.status, 1);
    assert.equal(some.stdout.match(/the receipt holds/g)?.length, files.length);
    assert.match(
      some.stderr,
      /not a receipt: [^\n]*changed\.json\)[\s\S]*ENOENT \([^\n]*changed\.json\.gone\)/,
    );
    const machine = await runCommand(programs.device, [...mixed, '--json'], {});
    const told = JSON.parse(machine.stdout) as Record<'receipts' | 'refused', { file: string }[]>;
    assert.deepEqual(
      [machine.status, told.receipts.map(({ file }) => file), told.refused.map(({ file }) => file)],
      [1, files, [changed, `${changed}.gone`]],
    );
    // What has no size is no way around the cap.
    const endless = await runCommand(
      programs.device,
      ['receipt', 'verify', '/dev/zero', '--data', nowhere],
      {},
    );
    assert.match(endless.stderr, /it has more than \d+ bytes/);
    const other = await runCommand(
      programs.support,
      ['receipt', 'verify', last.file, '--root', 'f'.repeat(64)],
      {},
    );
    assert.match(other.stderr, /another maker/);
  });

  it('is signed while Disable ends everything, within a second', async () => {
    const grant = await stage.fresh();
    await stage.pair(erin, grant);
    const id = await grantNow();
    const running = startService(
      programs.support,
      ['exec', String(grant.port), '--', 'echo begun; exec sleep 600'],
      env(),
    );
    await untilSaid(running, /begun/);
    const closed = once(running.child, 'close');
    await stage.device(['disable']);
    await closed;
    const session = keptOf(id).at(-1)?.verified;
    assert.equal(session?.standing, 'both');
    assert.equal(session?.statement.why, 'grant-ended');
    assert.deepEqual(
      session?.statement.channels.items.map(({ what }) => what),
      ['echo begun; exec sleep 600'],
    );
  });

  it('is one half where the representative was killed, and says so', async () => {
    const grant = await stage.fresh();
    await stage.pair(erin, grant);
    const id = await grantNow();
    const before = keptOf(id).length;
    const running = startService(
      programs.support,
      ['exec', String(grant.port), '--', 'echo begun; exec sleep 600'],
      env(),
    );
    await untilSaid(running, /begun/);
    await running.end('SIGKILL');
    await stage.device(['disable']);
    const { sessions } = await historyOf(id);
    const last = sessions.at(-1);
    assert.equal(last?.receipt?.signed, 'device');
    assert.equal(keptOf(id).length, before);
    const file = await ask<object>(`/v1/receipts/${last?.id}`);
    const { standing } = verifyReceipt(parseReceipt(Buffer.from(JSON.stringify(file))));
    assert.equal(standing, 'device-alone');
  });

  it('is one half where the device was killed, of what the representative knows', async () => {
    const grant = await stage.fresh();
    await stage.pair(erin, grant);
    const id = await grantNow();
    const running = startService(
      programs.support,
      ['exec', String(grant.port), '--', 'echo begun; exec sleep 600'],
      env(),
    );
    await untilSaid(running, /begun/);
    await stage.running.device.end('SIGKILL');
    await running.end('SIGINT');
    const own = keptOf(id).find(({ verified }) => verified.standing === 'representative-alone');
    assert.deepEqual(
      own?.verified.statement.channels.items.map(({ what }) => what),
      ['echo begun; exec sleep 600'],
    );
  });
});
