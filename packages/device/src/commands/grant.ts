import { SallyportError } from '@sallyport/protocol/errors';
import { parseScope, type Scope } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson } from '@sallyport/runtime/command';
import { type Status, statusSchema } from '../agent/index.ts';
import { callAgent, enabledSchema, followAgent, passwordSchema } from '../api/index.ts';
import { fail } from '../errors/index.ts';
import { disableByWatchdog } from '../watchdog/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder } from './folder.ts';
import { endText, numbersText } from './grantText.ts';

export type EnableFlags = CommandFlags & {
  readonly for: number;
  readonly allow: readonly string[];
  readonly approve?: boolean;
  readonly reference?: string;
  /** Milliseconds. */
  readonly wait?: number;
};

/** `enable`: begins a grant and waits for its port number. Ctrl-C stops the waiting, not the grant. */
export async function runEnable(flags: EnableFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const interrupted = interruptSignal();
  const clock = systemClock();
  const enabled = await callAgent(folder, clock, {
    method: 'POST',
    path: '/v1/grant',
    body: {
      forMs: flags.for,
      scopes: readScopes(flags.allow),
      approval: flags.approve ?? false,
      ...(flags.reference === undefined ? {} : { reference: flags.reference }),
    },
    answer: enabledSchema,
  });
  if (!flags.json) say('Waiting for port number ...');
  const enough = new AbortController();
  const timer = flags.wait === undefined ? undefined : clock.after(flags.wait, () => enough.abort());
  let last: Status | undefined;
  const open = await followAgent(
    folder,
    (status) => {
      if (!flags.json) sayProblem(last, status);
      last = status;
      return status.grant !== enabled.grant || status.port !== undefined ? status : undefined;
    },
    AbortSignal.any([interrupted, enough.signal]),
  );
  timer?.cancel();
  interrupted.throwIfAborted();
  if (!open) {
    const why = last?.problem ? `: ${printable(last.problem.text, 300).replace(/\.$/, '')}` : '';
    throw fail('port-number-missing', { details: { seconds: (flags.wait ?? 0) / 1_000, why } });
  }
  if (open.port === undefined || open.grant !== enabled.grant) throw fail('not-enabled');
  const { state, port, endsAt, scopes } = open;
  if (flags.json) printJson({ state, port, otp: enabled.otp, endsAt, scopes });
  else say(...numbersText(port, enabled.otp), `Allows: ${scopes.join(', ')}`, endText(open));
}

function sayProblem(before: Status | undefined, now: Status): void {
  if (!now.problem || now.problem.text === before?.problem?.text) return;
  say(`  ${printable(now.problem.text, 500)} Trying again ...`);
}

/** @throws scope-malformed */
function readScopes(texts: readonly string[]): Scope[] {
  return texts.map((text) => {
    const scope = parseScope(text);
    if (!scope) throw fail('scope-malformed', { details: { scope: printable(text, 100) } });
    return scope;
  });
}

/** `disable`: ends everything at once, also when the agent has hung: then by its watchdog. */
export async function runDisable(flags: CommandFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const clock = systemClock();
  const answered = new AbortController();
  const byAgent = callAgent(folder, clock, { method: 'DELETE', path: '/v1/grant', answer: statusSchema });
  const byWatchdog = disableByWatchdog(folder, clock, answered.signal);
  try {
    const hung = await Promise.race([
      byAgent.then(
        () => false,
        async (error: unknown) => {
          // The watchdog kills the agent first, and answers then.
          if (error instanceof SallyportError && error.code !== 'connection-lost') throw error;
          if (await byWatchdog) return true;
          throw error;
        },
      ),
      byWatchdog.then((ended) => ended || byAgent.then(() => false)),
    ]);
    if (flags.json) printJson({ state: 'disabled' });
    else say('Remote Support is disabled.');
    if (hung && !flags.json) say('The agent did not answer any more: it was ended as well. Start it again.');
  } finally {
    answered.abort();
  }
}

/** `extend`: sets the end anew. */
export async function runExtend(flags: CommandFlags & { readonly for: number }): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const status = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/grant/extension',
    body: { forMs: flags.for },
    answer: statusSchema,
  });
  if (flags.json) printJson({ state: status.state, endsAt: status.endsAt });
  else say(endText(status));
}

/** `new-password`: makes a new OTP; the one before is worth nothing any more. */
export async function runNewPassword(flags: CommandFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const { port, otp = '' } = await callAgent(folder, systemClock(), {
    method: 'POST',
    path: '/v1/grant/password',
    answer: passwordSchema,
  });
  if (flags.json) printJson({ otp, ...(port === undefined ? {} : { port }) });
  else if (port === undefined) say(`One-time password: ${otp}`, 'There is no port number yet.');
  else say(...numbersText(port, otp));
}
