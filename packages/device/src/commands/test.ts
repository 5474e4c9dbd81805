import { portStepTexts } from '@sallyport/protocol/connectionCode';
import { formatDuration } from '@sallyport/protocol/grant';
import { formatMoment, printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable } from '@sallyport/runtime/command';
import type { DataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { builtAtMs } from '../build.ts';
import {
  type ConnectionTest,
  holdConnections,
  keepTest,
  testConnection,
  testHistory,
} from '../connectionTest/index.ts';
import { openState, type State } from '../state/index.ts';
import { relayTime } from '../tunnel/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder, identityOf } from './folder.ts';
import { loadOutboundPort, wayOutOf } from './settings.ts';

export type TestFlags = CommandFlags & {
  /** Milliseconds. */
  readonly hold?: number;
};

/** `test`: tries every outbound port, and says what stands in the way. Exit code 4 if none leads to the relay. */
export async function runTest(flags: TestFlags): Promise<void> {
  const longestMs = flags.hold;
  const signal = interruptSignal();
  const clock = systemClock();
  const folder = deviceFolder(flags.data, { create: false });
  const identity = identityOf(folder).required();
  const state = stateIn(folder);
  const time = relayTime(clock, builtAtMs, Number(state?.settings.get('last-time') ?? 0));
  const told = new Set<string>();
  try {
    const options = {
      identity,
      clock,
      now: time.forRelay,
      atLeast: time.atLeast,
      ...wayOutOf(folder.path, state?.settings),
      signal,
    };
    const result = await testConnection({
      ...options,
      id: Buffer.from(systemRandom(8)).toString('hex'),
      onlyPort: loadOutboundPort(folder.path, state?.settings.get('outbound-port')),
      history: state ? testHistory(state) : [],
      tell: (test) => {
        if (!flags.json) tellNews(test, told);
      },
    });
    if (result.verdict?.code !== 'reachable') process.exitCode = 4;
    keep(state, result);
    if (!flags.json) tellResult(result);
    const held = longestMs === undefined ? result : await hold(result, { ...options, longestMs }, flags);
    if (held !== result) keep(state, held);
    if (flags.json) printJson(held);
  } finally {
    state?.close();
  }
}

/** Holds connections behind a test, and says how long they live. */
async function hold(
  test: ConnectionTest,
  options: Omit<Parameters<typeof holdConnections>[1], 'tell'>,
  { json }: TestFlags,
): Promise<ConnectionTest> {
  if (!json) say('', `Connections are held without a word, for ${formatDuration(options.longestMs)} ...`);
  const held = await holdConnections(test, { ...options, tell: () => {} });
  if (json) return held;
  for (const { port, livedMs, cutMs } of held.held?.ways ?? []) {
    const lived = livedMs === 0 ? '' : ` live for ${formatDuration(livedMs)} without a word`;
    const cut = cutMs === null ? '' : `${lived && ','} are cut after ${Math.ceil(cutMs / 1_000)}s`;
    say(`port ${port}: connections${lived}${cut}${lived || cut ? '' : ' could not be held'}`);
  }
  if (held.code !== test.code) {
    const cut = held.advice.find(({ code }) => code === 'idle-cut');
    if (cut) say(`- ${printable(cut.text, 600)} ${printable(cut.next, 400)}`);
    say('', `Code, to read out to your support representative: ${held.code}`);
  }
  return held;
}

/** The state of the folder, where it can be used: a test is most wanted where things are broken. */
function stateIn(folder: DataFolder): State | undefined {
  try {
    return openState(folder.path, systemRandom);
  } catch {
    return undefined;
  }
}

function keep(state: State | undefined, result: ConnectionTest): void {
  try {
    if (state) keepTest(state, result);
  } catch {
    // A disk that is full takes nothing from what was found.
  }
}

/** One line for each thing that came in since the last. */
function tellNews({ host, name, addresses, servers, ways }: ConnectionTest, told: Set<string>): void {
  const lines = [
    ...(name
      ? [`${host} ${name.ok ? `is at ${addresses.join(', ')}` : 'has no address'} (${name.ms} ms)`]
      : []),
    ...servers.map(({ address, outcome, ms }) => `DNS server ${address}: ${outcome} (${ms} ms)`),
    ...ways.flatMap(({ port, address, steps }) =>
      steps.map(({ step, ok, ms, problem }) => {
        const outcome = ok ? 'ok' : `failed: ${problem?.text ?? ''}`;
        return `port ${port} at ${address}: ${step} ${outcome} (${ms} ms)`;
      }),
    ),
  ].map((line) => printable(line, 600));
  for (const line of lines) {
    if (told.has(line)) continue;
    told.add(line);
    say(line);
  }
}

function tellResult({ ports, verdict, advice, code, firewall }: ConnectionTest): void {
  say('');
  printTable(
    ['PORT', 'REACHED', 'TIME', 'BEFORE'],
    ports.map(({ port, reached, ms, workedAt }) => [
      String(port),
      portStepTexts[reached],
      `${ms} ms`,
      workedAt === undefined ? '' : `worked at ${formatMoment(workedAt)}`,
    ]),
    'No port was tried.',
  );
  say('', printable(verdict?.text ?? '', 600));
  for (const { text, next } of advice) say(`- ${printable(text, 600)} ${printable(next, 400)}`);
  if (verdict?.code !== 'reachable' && firewall !== null) {
    say(
      '',
      'For whoever looks after the firewall:',
      ...firewall.split('\n').map((line) => `  ${printable(line, 600)}`),
    );
  }
  say('', `Code, to read out to your support representative: ${code}`);
}
