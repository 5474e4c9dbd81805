import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { silentLog } from '@sallyport/protocol/environment';
import type { GrantId, StreamId } from '@sallyport/protocol/grant';
import { makeRecordingId, parseEvent, type RecordingId } from '@sallyport/protocol/recording';
import { type FakeClock, fakeClock } from '@sallyport/protocol/testing';
import { type TestAuthority, testAuthority } from '@sallyport/protocol/zoo';
import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption';
import { until, withSpareDescriptors } from '../processes/testing.ts';
import { aSession } from '../web/testing.ts';
import {
  type Moment,
  type Recording,
  Recordings,
  recordingsDesk,
  recordingsFolder,
  seenBy,
  trustOf,
  usualPolicy,
  verifyFile,
} from './index.ts';
import { keepQuota } from './quota.ts';

const [first, second] = ['a', 'b'].map((letter) => letter.repeat(32) as GrantId) as [GrantId, GrantId];
const everything = (): boolean => true;
let base = '';
let authority: TestAuthority;
let identity: { required: () => never };
before(async () => {
  base = mkdtempSync(join(tmpdir(), 'sallyport-recordings-'));
  authority = await testAuthority(Date.UTC(2027, 0, 1));
  const tls = await authority.issue('device', 'dev-1');
  identity = { required: () => ({ id: 'dev-1', tls, authority: authority.authority }) as never };
});
after(() => rmSync(base, { recursive: true }));

let scenes = 0;
/** A folder of recordings, its clock moved by hand. */
function scene(options: { recipients?: readonly string[]; moment?: () => Moment; clock?: FakeClock } = {}) {
  scenes += 1;
  const clock = options.clock ?? fakeClock();
  const folder = recordingsFolder(join(base, String(scenes)));
  const audited: string[] = [];
  const settings = new Map<string, string>();
  let policy = usualPolicy;
  let grant: GrantId | undefined;
  const recordings = new Recordings({
    folder,
    identity,
    clock,
    bootId: 'boot-a',
    moment: options.moment ?? (() => ({ ms: clock.wallMs(), clock: 'relay' })),
    policy: () => policy,
    recipients: options.recipients ?? [],
    grant: () => grant,
    log: silentLog,
    audit: (event, fields) => audited.push(`${event} ${JSON.stringify(fields)}`),
  });
  const desk = recordingsDesk({
    folder,
    identity,
    recordings,
    settings: { get: (name) => settings.get(name), set: (name, value) => void settings.set(name, value) },
    configured: { ...usualPolicy, recipients: [] } as typeof usualPolicy,
  });
  const begin = (
    of: GrantId = first,
    kind: 'terminal' | 'command' = 'terminal',
    size = { columns: 80, rows: 24 },
  ): Promise<Recording> =>
    recordings.begin(recordings.next(of), {
      session: { ...aSession(), id: 'cd'.repeat(16) as StreamId, grant: of, reference: 'Käse\u001b[2J' },
      channel: 1,
      kind,
      scope: 'terminal',
      command: kind === 'command' ? 'cat "\u001b]0;x\u0007"' : undefined,
      environment: { TERM: 'xterm' },
      runAs: 'support',
      size,
    });
  return {
    clock,
    folder,
    recordings,
    desk,
    audited,
    begin,
    /** One that has ended, and is on the disk. */
    async whole(of: GrantId = first, text = 'hello\r\n'): Promise<RecordingId> {
      const recording = await begin(of);
      recording.output(Buffer.from(text));
      recording.end({ why: 'exit', exit: { code: 0 } });
      await recordings.idle();
      return recording.id;
    },
    set(change: { policy?: typeof usualPolicy; grant?: GrantId }): void {
      policy = change.policy ?? policy;
      grant = change.grant;
    },
  };
}
const fileOf = ({ folder }: ReturnType<typeof scene>, id: RecordingId): string =>
  join(folder.path, `${id}.cast`);

describe('recordings', () => {
  it('are listed and read whatever is in them, and foreign text is harmless', async () => {
    const one = scene();
    const id = await one.whole();
    const command = await one.begin(second, 'command');
    one.recordings.sealAll();
    const [running, ended] = await one.desk.list({ limit: 10 });
    assert.deepEqual([running?.state, running?.what], ['running', 'cat "\ufffd]0;x\ufffd"']);
    assert.deepEqual([ended?.state, ended?.reference, ended?.exit], ['ended', 'Käse\ufffd[2J', { code: 0 }]);
    assert.equal((await one.desk.verify(command.id, everything)).verdict, 'running');
    assert.equal((await one.desk.list({ grant: first, limit: 10 })).length, 1);
    assert.equal((await one.desk.list({ before: command.id, limit: 10 }))[0]?.id, id);
    for (const bad of ['', 'x', '../identity.json', `${id}x`, makeRecordingId(99, first)])
      await assert.rejects(one.desk.view(bad, everything), { code: 'recording-unknown' });
    await assert.rejects(
      one.desk.view(id, () => false),
      { code: 'recording-unknown' },
    );
    writeFileSync(fileOf(one, makeRecordingId(7, first)), 'no recording\n');
    const [odd] = await one.desk.list({ limit: 10 });
    assert.equal(odd?.state, 'unreadable');
    assert.equal((await one.desk.verify(makeRecordingId(7, first), everything)).verdict, 'truncated');
    command.end({ why: 'closed' });
    await one.recordings.idle();
  });

  it('have a size that a terminal can have, whatever was asked for', async () => {
    const one = scene();
    const huge = await one.begin(first, 'terminal', { columns: 0, rows: 4_000_000_000 });
    huge.resized({ columns: 4_000_000_000, rows: 0 });
    huge.end({ why: 'closed' });
    await one.recordings.idle();
    const { columns, rows, state } = await one.desk.view(huge.id, everything);
    assert.deepEqual([columns, rows, state], [80, 65_535, 'ended']);
    assert.match(readFileSync(fileOf(one, huge.id), 'utf8'), /"r", "65535x24"/);
  });

  it('are not said to be unknown where they cannot be opened at the moment, and can be read later', async () => {
    const one = scene();
    const id = await one.whole();
    await withSpareDescriptors(0, async () => {
      assert.equal((await one.desk.view(id, everything)).state, 'unreadable');
      await assert.rejects(one.desk.read(id, everything), {
        code: 'recording-not-opened',
        details: { reason: 'too many files are open' },
      });
    });
    assert.equal((await one.desk.view(id, everything)).state, 'ended');
  });
  it('go on counting after the agent was started again', async () => {
    const one = scene();
    const id = await one.whole();
    const again = new Recordings({
      folder: one.folder,
      identity,
      clock: one.clock,
      bootId: 'boot-b',
      moment: () => ({ ms: 0, clock: 'own' }),
      policy: () => usualPolicy,
      grant: () => undefined,
      log: silentLog,
      audit() {},
    });
    assert.equal(again.next(second), makeRecordingId(Number(id.slice(0, 8)) + 1, second));
  });

  it('are sealed after ten seconds, and tell a clock that is wrong beside one that cannot be set', async () => {
    const clock = fakeClock();
    clock.jumpWall(-57 * 365 * 86_400_000);
    const one = scene({ clock, moment: () => ({ ms: Date.UTC(2027, 0, 1), clock: 'relay' }) });
    const recording = await one.begin();
    recording.output(Buffer.from('x'));
    await clock.advance(20);
    clock.jumpWall(1e9);
    await clock.advance(10_000);
    await until(
      () => readFileSync(fileOf(one, recording.id), 'utf8').includes('"seal":2'),
      'the second seal',
    );
    const lines = readFileSync(fileOf(one, recording.id), 'utf8').split('\n');
    const head = JSON.parse((lines[1] ?? '').replace('# sallyport-recording ', ''));
    assert.deepEqual(
      [head.at, head.clock, head.ownClock.slice(0, 4), head.bootMs],
      ['2027-01-01T00:00:00.000Z', 'relay', '1970', 1_000_000],
    );
    assert.deepEqual(
      lines.map(parseEvent).filter((event) => event !== undefined),
      [[0.02, 'o', 'x']],
    );
    assert.match(lines[4] ?? '', /^# sallyport-seal \{"seal":2,.*"bootMs":1010020\}/);
    recording.end({ why: 'closed' });
    await one.recordings.idle();
  });

  it('of any size are verified in bounded memory', async () => {
    const one = scene();
    const id = await one.whole();
    const path = fileOf(one, id);
    truncateSync(path, statSync(path).size - 10);
    truncateSync(path, 300 * 2 ** 20);
    await using handle = await one.folder.open(one.folder.find(id));
    const before = process.memoryUsage.rss();
    const found = await verifyFile(handle, { trusted: trustOf('dev-1', authority.authority) });
    assert.deepEqual([found.verdict, found.bytes], ['truncated', 300 * 2 ** 20]);
    assert.ok(process.memoryUsage.rss() - before < 128 * 2 ** 20);
  });
});

describe('the quota', () => {
  const day = 86_400_000;
  /** Five recordings of a day each, the oldest first; those of `second` are the third and the fifth. */
  async function five() {
    const one = scene();
    const ids: RecordingId[] = [];
    for (const [n, of] of [first, first, second, first, second].entries()) {
      const id = await one.whole(of);
      ids.push(id);
      utimesSync(fileOf(one, id), new Date(n * day), new Date(n * day));
    }
    const left = (): number[] => ids.flatMap((id, n) => (existsSync(fileOf(one, id)) ? [n] : []));
    const keep = (change: Partial<Parameters<typeof keepQuota>[1]>) =>
      keepQuota(one.folder, {
        policy: { keepDays: 2, maxMb: 1_000 },
        grant: undefined,
        isRunning: () => false,
        nowMs: 4.5 * day,
        ...change,
      }).map(({ why, files }) => [why, files.length]);
    return { one, ids, left, keep };
  }
  it('removes what is too old, but by no clock that nobody confirmed', async () => {
    const { left, keep } = await five();
    assert.deepEqual(keep({ nowMs: undefined }), []);
    assert.deepEqual([keep({}), left()], [[['age', 3]], [3, 4]]);
  });
  it('goes by the time of the relay, whatever the clock of the machine said', async () => {
    const ms = Date.UTC(2031, 0, 1);
    const one = scene({ moment: () => ({ ms, clock: 'relay' }) });
    assert.equal(statSync(fileOf(one, await one.whole())).mtimeMs, ms);
    const unknown = scene({ moment: () => ({ ms, clock: 'own' }) });
    assert.notEqual(statSync(fileOf(unknown, await unknown.whole())).mtimeMs, ms);

    // A kill came before the end of the second; the machine's clock was wrong by years.
    const ids = [await one.whole(), await one.whole(), await one.whole()];
    const torn = fileOf(one, ids[1] as RecordingId);
    const text = readFileSync(torn, 'utf8').trimEnd().split('\n');
    for (const date of [0, ms + 9 * day]) {
      writeFileSync(torn, `${text.slice(0, 2).join('\n')}\n`);
      utimesSync(torn, new Date(date), new Date(date));
      one.recordings.start();
      one.recordings.stop();
      assert.equal(statSync(torn).mtimeMs, ms);
    }
  });
  it('removes the oldest until there is room, never those of the open grant, and never the newest', async () => {
    const { one, ids, left, keep } = await five();
    const size = statSync(fileOf(one, ids[0] as RecordingId)).size;
    const room = (count: number) => ({ keepDays: 1_000, maxMb: ((count + 0.5) * size) / 1e6 });
    assert.deepEqual([keep({ policy: room(3) }), left()], [[['room', 2]], [2, 3, 4]]);
    assert.deepEqual([keep({ policy: room(0), grant: second }), left()], [[['room', 1]], [2, 4]]);
    assert.deepEqual([keep({ policy: room(0) }), left()], [[['room', 1]], [4]]);
  });
  it('is kept by the agent itself, and said in the audit log', async () => {
    const one = scene();
    for (let n = 0; n < 3; n += 1) await one.whole();
    one.set({ policy: { ...usualPolicy, maxMb: 0 } });
    one.recordings.start();
    assert.match(one.audited.join(), /recordings-removed-1 \{"count":2,.*"why":"room"\}/);
    one.recordings.stop();
  });
});

describe('the policy', () => {
  it('is what was set over what is configured, and nothing else of the configuration', () => {
    const { desk } = scene();
    assert.deepEqual(desk.policy(), usualPolicy);
    desk.setPolicy({ onFull: 'mark', maxMb: undefined });
    assert.deepEqual(desk.policy(), { ...usualPolicy, onFull: 'mark' });
    desk.setPolicy({ keepDays: 7 });
    assert.deepEqual(desk.policy(), { ...usualPolicy, keepDays: 7, onFull: 'mark' });
  });
});

describe('a recording that is encrypted', () => {
  it('is for the holder of the key alone, who can verify it, and the device vouches for what it stored', async () => {
    const key = await generateX25519Identity();
    const one = scene({ recipients: [await identityToRecipient(key)] });
    const id = await one.whole(first, 'a secret on the screen\r\n');
    const plain = readFileSync(fileOf(one, id));
    // It begins with none once the agent stops; the next start does.
    one.recordings.start();
    one.recordings.stop();
    await one.recordings.idle();
    assert.ok(existsSync(fileOf(one, id)));
    one.recordings.start();
    await one.recordings.idle();
    one.recordings.stop();
    assert.equal(existsSync(fileOf(one, id)), false);
    const path = `${fileOf(one, id)}.age`;
    assert.equal(statSync(path).mtimeMs, one.clock.wallMs(), 'it is as old as it was');
    const locked = readFileSync(path);
    assert.ok(locked.subarray(0, 21).equals(Buffer.from('age-encryption.org/v1')));
    const decrypter = new Decrypter();
    decrypter.addIdentity(key);
    assert.ok(Buffer.from(await decrypter.decrypt(locked)).equals(plain));
    assert.deepEqual((await one.desk.list({ limit: 1 }))[0], {
      id,
      grant: first,
      state: 'locked',
      bytes: locked.length,
    });
    assert.equal((await one.desk.verify(id, everything)).verdict, 'locked');
    locked[locked.length - 1] = (locked.at(-1) ?? 0) ^ 1;
    writeFileSync(path, locked);
    assert.equal((await one.desk.verify(id, everything)).verdict, 'tampered');
    rmSync(join(one.folder.path, `${id}.locked`));
    assert.match((await one.desk.verify(id, everything)).text, /vouches for it is missing/);
  });
});

describe('who may see a recording', () => {
  const view = (key: string, grant: GrantId, from: string) =>
    ({ id: 'x', grant, state: 'ended', bytes: 1, key, from }) as const;
  const visit = (kind: 'administrator' | 'temporary' | 'representative', through = false) =>
    ({
      account: { name: 'guest', kind, totp: false },
      session: through ? aSession() : undefined,
    }) as never;
  const own = aSession().keySha256;
  const found = (until: object) => ({ find: () => ({ until, since: Date.UTC(2027, 0, 2) }) as never });
  it('is an administrator; a temporary one for their grant or time; who comes through a session for their own', () => {
    const all = [
      view(own, first, '2027-01-01T00:00:00Z'),
      view('f'.repeat(64), second, '2027-01-03T00:00:00Z'),
    ];
    const seen = (...args: Parameters<typeof seenBy>): number[] =>
      all.flatMap((one, n) => (seenBy(...args)(one) ? [n] : []));
    assert.deepEqual(seen(visit('administrator'), found({})), [0, 1]);
    assert.deepEqual(seen(visit('temporary'), found({ grant: first })), [0]);
    assert.deepEqual(seen(visit('temporary'), found({ span: {} })), [1]);
    assert.deepEqual(seen(visit('temporary'), { find: () => undefined }), []);
    for (const kind of ['administrator', 'temporary', 'representative'] as const)
      assert.deepEqual(seen(visit(kind, true), found({})), [0]);
  });
});
