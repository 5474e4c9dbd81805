import {
  type AdviceCode,
  advices,
  decodeConnection,
  fillSentence,
  type PortStep,
  portStepTexts,
  verdicts,
} from '@sallyport/protocol/connectionCode';
import { printJson } from '@sallyport/runtime/command';
import { readPublicIdentity } from '../identity/index.ts';
import { relayPorts } from '../relay/index.ts';
import { type CommonOptions, openData } from './start.ts';

/** `decode CODE`: what the code of a connection test says, that an administrator read out. Asks nobody. */
export async function decode(code: string, options: CommonOptions): Promise<void> {
  const { verdict, ports, advice } = decodeConnection(code);
  const names = await portNames(options);
  const tried = ports.flatMap((reached, index) => (reached === 'not-tried' ? [] : [{ reached, index }]));
  if (options.json) {
    printJson({
      verdict: { code: verdict, text: verdicts[verdict].brief },
      ports: tried.map(({ reached, index }) => {
        const port = names?.[index];
        return { ...(port === undefined ? {} : { port }), place: index + 1, reached };
      }),
      advice: advice.map((one) => ({ code: one, text: advices[one].brief, next: nextOf(one) })),
    });
    return;
  }
  const nameOf = (index: number): string => `port ${names?.[index] ?? `number ${index + 1} of the relay`}`;
  const line = (reached: PortStep, index: number): string => `${nameOf(index)}: ${portStepTexts[reached]}`;
  const lines = [
    verdicts[verdict].brief,
    ...tried.map(({ reached, index }) => `  ${line(reached, index)}`),
    ...advice.map((one) => `- ${advices[one].brief} ${nextOf(one)}`),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

const nextOf = (code: AdviceCode): string => fillSentence(advices[code].next, { host: 'the relay' });

/** The relay's ports as this representative knows them, which are the device's unless one of both was told others. */
async function portNames(options: CommonOptions): Promise<readonly number[] | undefined> {
  try {
    const data = openData(options).path;
    return await relayPorts(data, readPublicIdentity(data).relay.ports);
  } catch {
    // Who has not logged in yet can read a code, too.
    return undefined;
  }
}
