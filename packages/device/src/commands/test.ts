import { portStepTexts } from '@sallyport/protocol/connectionCode';
import { formatMoment, printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable } from '@sallyport/runtime/command';
import type { DataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { builtAtMs } from '../build.ts';
import { type ConnectionTest, keepTest, testConnection, testHistory } from '../connectionTest/index.ts';
import { openState, type State } from '../state/index.ts';
import { relayTime } from '../tunnel/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder, identityOf } from './folder.ts';
import { loadOutboundPort, wayOutOf } from './settings.ts';

/** `test`: tries every outbound port, and says what stands in the way. Exit code 4 if none leads to the relay. */
export async function runTest(flags: CommandFlags): Promise<void> {
  const clock = systemClock();
  const folder = deviceFolder(flags.data, { create: false });
  const identity = identityOf(folder).required();
  const state = stateIn(folder);
  const time = relayTime(clock, builtAtMs, Number(state?.settings.get('last-time') ?? 0));
  const told = new Set<string>();
  try {
    const result = await testConnection({
      id: Buffer.from(systemRandom(8)).toString('hex'),
      identity,
      clock,
      now: time.forRelay,
      atLeast: time.atLeast,
      onlyPort: loadOutboundPort(folder.path, state?.settings.get('outbound-port')),
      ...wayOutOf(folder.path, state?.settings),
      history: state ? testHistory(state) : [],
      signal: interruptSignal(),
      tell: (test) => {
        if (!flags.json) tellNews(test, told);
      },
    });
    if (result.verdict?.code !== 'reachable') process.exitCode = 4;
    keep(state, result);
    if (flags.json) printJson(result);
    else tellResult(result);
  } finally {
    state?.close();
  }
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
