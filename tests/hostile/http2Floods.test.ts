/** A representative who was let in, and floods the agent with what HTTP/2 allows: others must not notice. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import type { GrantId, PortNumber } from '@sallyport/protocol/grant';
import { receiveAnswer } from '@sallyport/protocol/session';
import { ResumableStream } from '@sallyport/protocol/stream';
import { knock } from '../../packages/relay/src/testing/device.ts';
import type { RelayPlace } from '../../packages/relay/src/testing/relay.ts';
import { type Flood, floods, preface } from '../../scripts/hostile/frames.ts';
import { asRepresentative, clock, type Line, pair } from '../../scripts/hostile/line.ts';
import { representativeOf, type Someone, type StolenKeys, stealKeys } from '../../scripts/hostile/people.ts';
import { openTerminal, type Terminal } from '../../scripts/stage/terminal.ts';
import { type Enabled, mustRun, programs, type TestStage, testStage } from '../stage/index.ts';

const patienceMs = 60_000;
/** Far below what an attack sends, and above what a busy agent may have besides. */
const mostGrowthBytes = 150e6;
/** An attack that goes on for so long was taken. */
const mostPieces = 2_000;

let stage: TestStage;
let relay: RelayPlace;
let keys: StolenKeys;
let mallory: Someone;
let erin = '';
let grant: Enabled;
let grantId: GrantId;
let shell: Terminal;
let asked = 0;

const agentPid = (): number => stage.running.device.child.pid ?? 0;
const resident = (): number =>
  Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${agentPid()}/status`, 'utf8'))?.[1]) * 1_024;

async function reach(): Promise<Line> {
  const { socket } = await knock(relay, { id: mallory.id, identity: mallory.tls }, grant.port);
  return asRepresentative(socket, mallory, keys.authority);
}
async function shellAnswers(): Promise<void> {
  asked += 1;
  shell.type(`echo "still $((${asked}))="\r`);
  await shell.shows(new RegExp(`still ${asked}=`), patienceMs);
}

/** A session of the attacker's, and what the agent says on it. */
async function openRaw(): Promise<ResumableStream> {
  const line = await reach();
  line.channel.send({ type: 'open', port: grant.port as PortNumber, grant: grantId });
  const deadline = AbortSignal.timeout(patienceMs);
  const opened = await receiveAnswer(line.channel, ['opened'], { deadline });
  const stream = new ResumableStream({ clock, id: opened.stream });
  stream.on('error', () => {});
  stream.attach(line.channel.release(), { generation: 0, peerReceived: 0 });
  stream.resume();
  return stream;
}

/** Sends it until the agent has had enough. @returns how many pieces it took */
async function attack(stream: ResumableStream, flood: Flood): Promise<number> {
  let over = false;
  let wake = (): void => {};
  const end = (): void => {
    over = true;
    wake();
  };
  for (const event of ['ended', 'end', 'close', 'suspended'] as const) stream.once(event, end);
  const taken = (): void => wake();
  stream.on('drain', taken);
  stream.write(preface);
  let sent = 0;
  for (; sent < mostPieces && !over; sent += 1) {
    if (stream.write(flood(sent))) await new Promise(setImmediate);
    else if (!over) await new Promise<void>((resolve) => (wake = resolve));
  }
  return sent;
}

before(async () => {
  stage = await testStage();
  erin = await stage.representative('erin@maker.example');
  const malloryData = await stage.representative('mallory@maker.example');
  grant = await stage.fresh();
  await mustRun(programs.support, ['pair', String(grant.port)], {
    env: { SALLYPORT_DATA: erin, SALLYPORT_OTP: grant.otp },
  });
  shell = openTerminal(programs.support, ['connect', String(grant.port)], { SALLYPORT_DATA: erin });
  await shellAnswers();
  const [port = 0] = stage.relayPorts;
  relay = { port, folder: { path: stage.relayData, place: { file: '' }, remove: () => {} } };
  keys = stealKeys(stage.relayData);
  mallory = representativeOf(malloryData);
  const { stdout } = await stage.device(['new-password', '--json']);
  const line = await reach();
  grantId = await pair(line, grant.port, (JSON.parse(stdout) as { otp: string }).otp);
  line.socket.destroy();
});
after(async () => {
  shell?.kill();
  await stage?.end();
});

describe('a representative who was let in, and sends', () => {
  for (const [what, flood] of Object.entries(floods)) {
    it(`${what}, is hung up on, and nobody else notices`, async () => {
      const stream = await openRaw();
      const before = resident();
      const attacking = attack(stream, flood);
      await shellAnswers();
      const pieces = await attacking;
      assert.ok(pieces < mostPieces, 'the agent took all of it');
      await shellAnswers();
      const grown = resident() - before;
      assert.ok(grown < mostGrowthBytes, `the agent grew by ${grown} bytes`);
      const env = { SALLYPORT_DATA: erin };
      assert.equal(
        await mustRun(programs.support, ['exec', String(grant.port), '--', 'echo in'], { env }),
        'in\n',
      );
      stream.destroy();
    });
  }
});
