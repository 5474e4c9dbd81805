import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import {
  mustRun,
  programs,
  runCommand,
  type Service,
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
after(async () => {
  killTerminals();
  await stage.end();
});
const start = (port: number, otp: string, ...words: string[]): Service =>
  startService(programs.support, ['exec', String(port), '--', ...words], {
    SALLYPORT_DATA: erin,
    SALLYPORT_OTP: otp,
  });
const device = (...args: string[]): Promise<string> =>
  mustRun(programs.device, [...args, '--data', stage.deviceData]);
const terms = ['--for', '1h', '--allow', 'terminal'];

/** Watches a terminal by the agent's API, as its web interface does. */
async function watchTerminal(path: string) {
  const asked = get({ socketPath: join(stage.deviceData, 'agent.sock'), path });
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let text = '';
  let seen = '';
  let size = '';
  const looking = new Set<() => void>();
  answer.on('error', () => {});
  answer.on('data', (chunk: Buffer) => {
    const events = `${text}${chunk}`.split('\n\n');
    text = events.pop() ?? '';
    for (const event of events) {
      const data = JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? '{}');
      if ('shown' in data) seen += Buffer.from(data.shown, 'base64').toString();
      if ('columns' in data) size = `${data.columns}x${data.rows}`;
    }
    for (const look of looking) look();
  });
  return {
    status: answer.statusCode,
    size: () => size,
    until: (holds: (seen: string) => boolean): Promise<void> =>
      new Promise((resolve) => {
        const look = (): void => {
          if (!holds(seen)) return;
          looking.delete(look);
          resolve();
        };
        looking.add(look);
        look();
      }),
    close: () => asked.destroy(),
  };
}

describe('with approval', () => {
  it('a first entry waits for a person, says so, and goes on', async () => {
    const grant = await stage.fresh(...terms, '--approve');
    const call = start(grant.port, grant.otp, 'echo in');
    await untilSaid(call, /waiting up to \d+ s until the administrator lets you in/);
    await device('approve');
    await call.line(/^in$/);
    await call.end('SIGCONT');
    assert.equal(call.child.exitCode, 0);
  });
  it('a first entry that is denied is refused, and the password stays good', async () => {
    const grant = await stage.fresh(...terms, '--approve');
    const call = start(grant.port, grant.otp, 'echo in');
    await untilSaid(call, /waiting up to/);
    await device('deny');
    await untilSaid(call, /The administrator refused the entry\. \[device\]/);
    await call.end('SIGCONT');
    assert.equal(call.child.exitCode, 253);
    assert.equal(JSON.parse(await device('status', '--json')).otp, 'live');
  });
});

describe('what is live', () => {
  it('waits while the administrator pauses it, says so, and goes on with all that was typed', async () => {
    const grant = await stage.fresh(...terms);
    await stage.pair(erin, grant);
    const shell = openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: erin });
    shell.type('stty -echo; echo here; while read line; do echo "got $line."; done\n');
    await shell.shows(/[\r\n]here\r/);
    await device('pause', 'erin@maker.example');
    await shell.shows(/paused by the administrator: what you send waits/);
    assert.equal(JSON.parse(await device('status', '--json')).sessions[0].paused, true);
    shell.type('one\ntwo\n');
    // Another call of hers waits, too: what it asks for is input.
    const other = start(grant.port, grant.otp, 'echo other');
    await untilSaid(other, /paused by the administrator/);
    assert.doesNotMatch(shell.seen() + other.said(), /got|other/);
    await device('resume', 'erin@maker.example');
    await shell.shows(/got one\.\s+got two\./);
    await other.line(/^other$/);
    await other.end('SIGCONT');
    assert.match(other.said(), /the administrator lets you go on/);
    shell.type('\x04exit\n');
    assert.equal(await shell.ended, 0);
  });
  it('is watched as it goes on, from what was on the screen, and the representative is told', async () => {
    const grant = await stage.fresh(...terms);
    await stage.pair(erin, grant);
    const shell = openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: erin });
    shell.type('stty -echo; echo before\n');
    await shell.shows(/[\r\n]before\r/);
    const [{ id }] = JSON.parse(await device('status', '--json')).sessions;
    const view = await watchTerminal(`/v1/sessions/${id}/channels/1/terminal`);
    await view.until((seen) => /before/.test(seen));
    await shell.shows(/somebody on site watches this terminal/);
    shell.type('echo after\n');
    await view.until((seen) => seen.indexOf('after') > seen.indexOf('before'));
    shell.resize(100, 30);
    await view.until(() => view.size() === '100x30');
    view.close();
    await shell.shows(/nobody on site watches this terminal any more/);
    shell.type('exit\n');
    await shell.ended;
    const gone = await watchTerminal(`/v1/sessions/${id}/channels/1/terminal`);
    assert.equal(gone.status, 404);
  });
  it('ends when the administrator cuts it off, and stays out', async () => {
    const grant = await stage.fresh(...terms);
    const call = start(grant.port, grant.otp, 'echo in; sleep 600');
    await call.line(/^in$/);
    await device('cut', 'erin@maker.example');
    await untilSaid(call, /cut you off\. \[device\]/);
    await call.end('SIGCONT');
    assert.equal(call.child.exitCode, 253);
    const again = await stage.sallyport(erin, ['exec', String(grant.port), '--json', '--', 'true']);
    assert.equal(again.status, 253);
    assert.match(JSON.parse(again.stdout).error.code, /^(cut-off|key-blocked)$/);
  });
  it('ends when the administrator disables Remote Support', async () => {
    const grant = await stage.fresh(...terms);
    const call = start(grant.port, grant.otp, 'echo in; sleep 600');
    await call.line(/^in$/);
    await device('disable');
    await untilSaid(call, /Remote Support has ended on this device\. \[device\]/);
    await call.end('SIGCONT');
    assert.equal(call.child.exitCode, 253);
  });
});

describe('a representative who asks for more', () => {
  /** `sallyport ask`, as it waits for an answer. */
  const asking = async (data: string, port: number, ...args: string[]): Promise<Service> => {
    const call = startService(programs.support, ['ask', String(port), ...args], { SALLYPORT_DATA: data });
    await untilSaid(call, /asked; waiting up to 10 minutes/);
    return call;
  };
  const status = async () => JSON.parse(await device('status', '--json'));
  const target = 'tcp:127.0.0.1:9';

  it('has it at once when it is granted, until the new end, at the relay too', async () => {
    const grant = await stage.fresh(...terms);
    await stage.pair(erin, grant);
    const why = 'to look at the database';
    const call = await asking(erin, grant.port, '--allow', target, '--for', '2h', '--why', why);
    const [ask] = (await status()).asks;
    assert.deepEqual(ask.what, { scopes: [target], forMs: 7_200_000 });
    assert.deepEqual([ask.representative, ask.why], ['erin@maker.example', why]);
    assert.match(
      await device('status'),
      /Asking for more[\s\S]* tcp:127\.0\.0\.1:9, 2 h 0 min from now +to look at/,
    );
    await device('ask', 'grant', ask.id);
    await call.line(/^Granted\. Until .* you may use: terminal tcp:127\.0\.0\.1:9$/);
    await call.end('SIGCONT');
    assert.equal(call.child.exitCode, 0);
    const after = await status();
    assert.deepEqual([after.asks, after.scopes], [[], ['terminal', target]]);
    assert.ok(after.leftMs > 7_100_000, `${after.leftMs} ms left`);
    const [listed] = JSON.parse((await stage.sallyport(erin, ['grants', '--json'])).stdout);
    assert.deepEqual(listed.scopes, ['terminal', target]);
    assert.ok(Date.parse(listed.endsAt) - Date.now() > 7_100_000, listed.endsAt);
    // What is allowed already needs no answer; what nobody could read is not asked.
    const again = await stage.sallyport(erin, [
      'ask',
      String(grant.port),
      '--allow',
      target,
      '--why',
      why,
      '--json',
    ]);
    assert.equal(JSON.parse(again.stdout).granted, true);
    for (const args of [
      ['--why', why],
      ['--allow', 'web', '--why', 'x'.repeat(501)],
      ['--allow', 'all', '--why', why],
    ]) {
      const wrong = await stage.sallyport(erin, ['ask', String(grant.port), ...args]);
      assert.equal(wrong.status, 2, wrong.stderr);
    }
  });
  it('is told when it is refused, and withdraws by Ctrl-C', async () => {
    const grant = await stage.fresh(...terms);
    const otto = await stage.representative('otto@maker.example');
    await stage.pair(otto, grant);
    const refused = await asking(otto, grant.port, '--allow', 'web', '--why', 'to look');
    await device('ask', 'refuse');
    await untilSaid(refused, /The administrator does not allow it\. \[device\]/);
    await refused.end('SIGCONT');
    assert.equal(refused.child.exitCode, 3);
    assert.deepEqual((await status()).scopes, ['terminal']);
    const again = await stage.sallyport(otto, [
      'ask',
      String(grant.port),
      '--allow',
      'web',
      '--why',
      'please',
      '--json',
    ]);
    assert.equal(again.status, 3);
    assert.equal(JSON.parse(again.stdout).error.code, 'ask-too-soon');
    const { otp } = JSON.parse(await device('new-password', '--json'));
    const nora = await stage.representative('nora@maker.example');
    await stage.pair(nora, { ...grant, otp });
    const withdrawn = await asking(nora, grant.port, '--for', '3h', '--why', 'it takes long');
    await withdrawn.end('SIGINT');
    assert.equal(withdrawn.child.exitCode, 1);
    assert.deepEqual((await status()).asks, []);
    await assert.rejects(device('ask', 'grant'), /Nobody asks for more by this number/);
  });
  it('who was never let in is named, and can be blocked by the key', async () => {
    const grant = await stage.fresh(...terms);
    const otto = await stage.representative('otto@maker.example');
    const call = ['pair', String(grant.port), '--json'];
    const env = {
      SALLYPORT_DATA: otto,
      SALLYPORT_OTP: grant.otp === '111-111-111' ? '222-222-222' : '111-111-111',
    };
    assert.equal((await runCommand(programs.support, call, { env })).status, 3);
    const [refusal] = (await status()).refusals;
    assert.deepEqual(
      [refusal.representative, refusal.code, refusal.count],
      ['otto@maker.example', 'otp-wrong', 1],
    );
    await device('block', refusal.key.slice(0, 16));
    assert.equal((await runCommand(programs.support, call, { env })).status, 3);
    const { refusals } = await status();
    assert.deepEqual(
      refusals.map(({ code, blocked }: { code: string; blocked: boolean }) => [code, blocked]),
      [
        ['cut-off', true],
        ['otp-wrong', true],
      ],
    );
    assert.equal((await status()).otp, 'live');
  });
});

describe('--wait', () => {
  it('goes on trying while the relay is away', async () => {
    const grant = await stage.fresh(...terms);
    await stage.pair(erin, grant);
    await stage.running.relay.end('SIGKILL');
    const now = await stage.sallyport(erin, ['exec', String(grant.port), '--', 'true']);
    assert.equal(now.status, 254);
    const waiting = stage.sallyport(erin, ['exec', String(grant.port), '--wait', '60', '--', 'echo in']);
    stage.running.relay = await stage.startRelay();
    const { status, stdout } = await waiting;
    assert.deepEqual([status, stdout], [0, 'in\n']);
  });
});
