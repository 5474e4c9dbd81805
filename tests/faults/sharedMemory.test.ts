/** A relay on PostgreSQL, whose /dev/shm is full: it takes from there what it needs to answer by several processes. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { startPostgres, type TestPostgres } from '../../packages/relay/src/store/testing/postgres.ts';
import { enrolDevice, logIn } from '../../scripts/stage/newcomers.ts';
import {
  type Enabled,
  type Finished,
  freePorts,
  mustRun,
  programs,
  runCommand,
  type Service,
  startService,
} from '../stage/index.ts';
import { askUntil } from './parts/until.ts';

let folder = '';
let postgres: TestPostgres;
let grant: Enabled;
const running: Service[] = [];
const at = (name: string): string => join(folder, name);
const exec = (script: string): Promise<Finished> =>
  runCommand(programs.support, ['exec', String(grant.port), '--', script], {
    env: { SALLYPORT_DATA: at('erin'), SALLYPORT_OTP: grant.otp },
  });
const relayStatus = (): Promise<Finished> =>
  runCommand(programs.relay, ['status', '--data', at('relay'), '--json']);

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sallyport-faults-'));
  // As a large relay does for its reports: every question that may be is answered by several processes.
  postgres = await startPostgres({ sharedMemory: '4m', settings: ['force_parallel_mode=on'] });
  const [port = 0] = await freePorts(1);
  const listen = ['--name', 'localhost', '--listen', `127.0.0.1:${port}`];
  await mustRun(programs.relay, ['init', '--data', at('relay'), ...listen, '--database-url', postgres.url]);
  const start = async (program: string, ...args: string[]): Promise<void> => {
    const service = startService(program, ['serve', ...args]);
    running.push(service);
    await service.line(/^ready/);
  };
  await start(programs.relay, '--data', at('relay'));
  await enrolDevice(at('relay'), at('device'));
  await start(programs.device, '--data', at('device'), '--run-as', 'same-user');
  await logIn(at('relay'), 'erin@maker.example', at('erin'));
  const terms = ['--for', '1h', '--allow', 'terminal', '--wait', '20', '--json'];
  grant = JSON.parse(await mustRun(programs.device, ['enable', '--data', at('device'), ...terms]));
});
after(async () => {
  for (const service of running.reverse()) await service.end('SIGKILL');
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('a relay whose PostgreSQL has no shared memory left', () => {
  it('says so in its status and to newcomers, keeps who is in, and is well by itself when there is some', async () => {
    const filler = join(postgres.sharedMemory, 'filler');
    const lasting = startService(
      programs.support,
      ['exec', String(grant.port), '--', 'echo in; exec sleep 600'],
      {
        SALLYPORT_DATA: at('erin'),
        SALLYPORT_OTP: grant.otp,
      },
    );
    running.push(lasting);
    await lasting.line(/^in$/);
    assert.throws(() => writeFileSync(filler, Buffer.alloc(8 * 1024 * 1024)), { code: 'ENOSPC' });
    try {
      const { status, stdout } = await relayStatus();
      const { error } = JSON.parse(stdout) as { error: { code: string; text: string } };
      assert.deepEqual([status, error.code], [4, 'store-unreachable']);
      assert.match(error.text, /\/dev\/shm of its machine is too small: .* No space left on device/);
      const asks = await runCommand(programs.support, ['grants', '--data', at('erin')]);
      assert.equal(asks.status, 4, asks.stdout);
      assert.match(asks.stderr, /The relay cannot reach its database/);
      // What needs no more than a row may come through, or be told the same.
      const newcomer = await exec('echo in');
      if (newcomer.status !== 0) assert.match(newcomer.stderr, /The relay cannot reach its database/);
      assert.equal(lasting.child.exitCode, null);
    } finally {
      rmSync(filler);
    }
    const again = await askUntil(
      () => exec('echo in'),
      ({ status }) => status === 0,
      20_000,
    );
    assert.equal(again.stdout, 'in\n');
    const { status, stdout } = await relayStatus();
    assert.deepEqual([status, JSON.parse(stdout).problem, JSON.parse(stdout).openGrants], [0, null, 1]);
    assert.equal(lasting.child.exitCode, null, 'who was in is in');
  });
});
