import { hostname } from 'node:os';
import { formatMoment, printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable, readSecret } from '@sallyport/runtime/command';
import { fail } from '@sallyport/runtime/errors';
import type { DataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { readBootId } from '../agent/index.ts';
import {
  answeredSchema,
  blockedSchema,
  callAgent,
  cutAnswerSchema,
  decidedSchema,
  pausedSchema,
} from '../api/index.ts';
import { type Moment, takeUp } from '../grant/index.ts';
import { type Accounts, rootVisit, SignIn } from '../signIn/index.ts';
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

/** `pause WHO` and `resume WHO`: holds what a representative sends, or lets it go on. */
export async function runPause(who: string, paused: boolean, flags: CommandFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const answer = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/pauses',
    body: { who, paused },
    answer: pausedSchema,
  });
  if (flags.json) return printJson(answer);
  const is = paused ? 'is paused: what they send waits' : 'goes on';
  for (const { representative } of answer.who) say(`${printable(representative)} ${is}.`);
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

/** `block KEY`: keeps a key out until the grant ends. */
export async function runBlock(key: string, flags: CommandFlags): Promise<void> {
  if (!/^[0-9a-f]{8,64}$/i.test(key)) throw wrongUse('A key is named by at least its first eight digits.');
  const folder = deviceFolder(flags.data, { create: false }).path;
  const answer = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/blocks',
    body: { key: key.toLowerCase() },
    answer: blockedSchema,
  });
  if (flags.json) printJson(answer);
  else {
    for (const one of answer.blocked) {
      say(`The key ${one.key.slice(0, 16)} of ${printable(one.representative)} is blocked.`);
    }
  }
}

/** `ask grant [ID]` and `ask refuse [ID]`: answers a representative who asks for more. */
export async function runAnswer(
  id: string | undefined,
  granted: boolean,
  flags: CommandFlags,
): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const answer = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: id === undefined ? '/v1/asks' : `/v1/asks/${encodeURIComponent(id)}`,
    body: { granted },
    answer: answeredSchema,
  });
  if (flags.json) printJson(answer);
  else say(`${printable(answer.representative)} ${granted ? 'has what they asked for' : 'was refused'}.`);
}

export type AdminAddFlags = CommandFlags & {
  readonly passwordFile?: string;
  readonly temporary?: boolean;
  /** Milliseconds. */
  readonly for?: number;
};

/** `admin add NAME`, and `admin add [NAME] --temporary`. */
export async function runAdminAdd(name: string | undefined, flags: AdminAddFlags): Promise<void> {
  if (flags.temporary) return addTemporary(name, flags);
  if (name === undefined || flags.for !== undefined) {
    throw wrongUse(
      name === undefined ? 'The name of the administrator is missing.' : '--for goes with --temporary.',
    );
  }
  const folder = deviceFolder(flags.data, { create: true });
  const password = await readSecret({
    what: "The administrator's password",
    prompt: `New password for ${printable(name, 64)}, at least 12 characters: `,
    file: flags.passwordFile,
    instead: 'Give a file with it: --password-file FILE.',
    signal: interruptSignal(),
  });
  await withAccounts(folder, (accounts) => accounts.add(rootVisit(undefined), name, password));
  if (flags.json) printJson({ name });
  else say(`${name} is an administrator now.`);
}

async function addTemporary(name: string | undefined, flags: AdminAddFlags): Promise<void> {
  if (flags.passwordFile !== undefined)
    throw wrongUse('The password of a temporary administrator is made up.');
  const wish = { name, until: flags.for === undefined ? ('grant' as const) : { ms: flags.for } };
  const folder = deviceFolder(flags.data, { create: flags.for !== undefined });
  const made = await withAccounts(folder, (accounts) => accounts.addTemporary(rootVisit(undefined), wish));
  const until = new Date(made.until).toISOString();
  if (flags.json) return printJson({ ...made, until });
  say(`Name      ${made.name}`);
  say(`Password  ${made.password}     shown once`);
  const end = formatMoment(until);
  say(
    flags.for === undefined
      ? `It ends with the grant: at ${end}, or when Remote Support is disabled.`
      : `It ends at ${end}.`,
  );
}

const wrongUse = (what: string): Error => fail('wrong-use', { details: { what } });

/** Uses the accounts of a folder, also while the agent runs. */
function withAccounts<T>(folder: DataFolder, use: (accounts: Accounts) => Promise<T>): Promise<T> {
  const clock = systemClock();
  const bootId = readBootId(systemRandom);
  const now = (): Moment => ({ bootId, bootMs: clock.bootMs(), wallMs: clock.wallMs() });
  return withState(folder, systemRandom, (state) => {
    const signIn = new SignIn({
      state,
      now,
      random: systemRandom,
      device: hostname,
      grant() {
        const found = state.grants.load();
        if (found.at !== 'waiting' && found.at !== 'open') return undefined;
        const moment = now();
        const { id, span } = found.grant;
        return { id, endsAt: moment.wallMs + takeUp(span, moment).leftMs };
      },
      audit: (event, fields) => state.audit.append(event, fields, now().wallMs),
    });
    return use(signIn.accounts);
  });
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
  const found = await withAccounts(deviceFolder(flags.data, { create: false }), async (accounts) =>
    accounts.list(),
  );
  const iso = (ms: number): string => new Date(ms).toISOString();
  const administrators = found.map(({ name, since, temporary, until: ends, totp, account, lastSignIn }) => ({
    name,
    since: iso(since),
    temporary,
    withGrant: ends !== undefined && 'grant' in ends,
    totp,
    ...(account?.until === undefined ? {} : { until: iso(account.until) }),
    ...(lastSignIn === undefined ? {} : { lastSignIn: iso(lastSignIn) }),
  }));
  if (flags.json) printJson(administrators);
  else {
    printTable(
      ['NAME', 'SINCE', 'TEMPORARY'],
      administrators.map(({ name, since, temporary, withGrant, until }) => [
        name,
        formatMoment(since),
        temporary
          ? withGrant
            ? 'until the grant ends'
            : until === undefined
              ? 'over'
              : formatMoment(until)
          : 'no',
      ]),
      'There are no administrators. Add one: sallyport-device admin add NAME',
    );
  }
}
