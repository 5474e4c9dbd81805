import { printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable } from '@sallyport/runtime/command';
import { builtAtMs } from '../build.ts';
import { testConnection } from '../connectionTest/index.ts';
import { describeOff, relayTime } from '../tunnel/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder, identityOf } from './folder.ts';

const steps = ['tcp', 'tls', 'health'] as const;
const toleratedMs = 60_000;

/** `test`: tries every outbound port, and says what stands in the way. Exit code 4 if none leads to the relay. */
export async function runTest(flags: CommandFlags): Promise<void> {
  const clock = systemClock();
  const identity = identityOf(deviceFolder(flags.data, { create: false })).required();
  const result = await testConnection(identity, {
    clock,
    now: relayTime(clock, builtAtMs, 0).forRelay,
    signal: interruptSignal(),
  });
  if (result.problem) process.exitCode = 4;
  if (flags.json) {
    printJson(result);
    return;
  }
  say(`${result.host} is at ${result.addresses.join(', ') || 'no address'}.`, '');
  printTable(
    ['PORT', 'TCP', 'TLS', 'RELAY', 'TIME', 'PROBLEM'],
    result.ports.map(({ port, reached, ms, problem }) => {
      const far = (steps as readonly string[]).indexOf(reached);
      const marks = steps.map((_, index) => (index <= far ? 'ok' : index === far + 1 ? 'failed' : '-'));
      return [String(port), ...marks, `${ms} ms`, problem?.text ?? ''];
    }),
    'No port was tried.',
  );
  if (result.clockOffMs !== null && Math.abs(result.clockOffMs) >= toleratedMs) {
    say('', `This device's clock is ${describeOff(result.clockOffMs)}.`);
  }
  if (result.problem)
    say('', printable(result.problem.text, 500), `Next: ${printable(result.problem.next, 300)}`);
}
