import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { killTerminals, openTerminal } from '../../scripts/stage/terminal.ts';
import {
  mustRun,
  programs,
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
