import { formatMoment, printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable, readSecret } from '@sallyport/runtime/command';
import { systemRandom } from '@sallyport/runtime/random';
import { callAgent, cutAnswerSchema, decidedSchema } from '../api/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder, withState } from './folder.ts';

/** `approve [WHO]` and `deny [WHO]`: answers a representative who waits to be let in. */
export async function runDecide(
  who: string | undefined,
  approved: boolean,
  flags: CommandFlags,
): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const decided = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/approvals',
    body: { approved, ...(who === undefined ? {} : { who }) },
    answer: decidedSchema,
  });
  if (flags.json) printJson(decided);
  else say(`${printable(decided.representative)} ${approved ? 'may pair now' : 'was refused'}.`);
}

/** `cut WHO`: ends all that a representative has, and keeps their key out until the grant ends. */
export async function runCut(who: string, flags: CommandFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const answer = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/cuts',
    body: { who },
    answer: cutAnswerSchema,
  });
  if (flags.json) printJson(answer);
  else for (const { representative } of answer.cut) say(`${printable(representative)} is cut off.`);
}

/** `admin add NAME`. */
export async function runAdminAdd(
  name: string,
  flags: CommandFlags & { readonly passwordFile?: string },
): Promise<void> {
  const folder = deviceFolder(flags.data, { create: true });
  const password = await readSecret({
    what: "The administrator's password",
    prompt: `New password for ${printable(name, 64)}, at least 12 characters: `,
    file: flags.passwordFile,
    instead: 'Give a file with it: --password-file FILE.',
    signal: interruptSignal(),
  });
  await withState(folder, systemRandom, async (state) => {
    const now = systemClock().wallMs();
    await state.administrators.add(name, password, now);
    state.audit.append('administrator-added-1', { name }, now);
  });
  if (flags.json) printJson({ name });
  else say(`${name} is an administrator now.`);
}

/** `admin remove NAME`. */
export async function runAdminRemove(name: string, flags: CommandFlags): Promise<void> {
  await withState(deviceFolder(flags.data, { create: false }), systemRandom, (state) => {
    state.administrators.remove(name);
    state.audit.append('administrator-removed-1', { name }, systemClock().wallMs());
  });
  if (flags.json) printJson({ name });
  else say(`${printable(name)} is no administrator any more.`);
}

/** `admin list`. */
export async function runAdminList(flags: CommandFlags): Promise<void> {
  const found = await withState(deviceFolder(flags.data, { create: false }), systemRandom, (state) =>
    state.administrators.list(),
  );
  const administrators = found.map((one) => ({ ...one, since: new Date(one.since).toISOString() }));
  if (flags.json) printJson(administrators);
  else {
    printTable(
      ['NAME', 'SINCE', 'TEMPORARY'],
      administrators.map(({ name, since, temporary }) => [
        name,
        formatMoment(since),
        temporary ? 'until the grant ends' : 'no',
      ]),
      'There are no administrators. Add one: sallyport-device admin add NAME',
    );
  }
}
