import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson } from '@sallyport/runtime/command';
import { type Status, statusSchema } from '../agent/index.ts';
import { callAgent, followAgent, passwordSchema } from '../api/index.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder } from './folder.ts';
import { statusText } from './grantText.ts';

export type StatusFlags = CommandFlags & { readonly watch?: boolean; readonly showPassword?: boolean };

/** `status`: how Remote Support stands; with `--watch` again at every change, until Ctrl-C. */
export async function runStatus(flags: StatusFlags): Promise<void> {
  const folder = deviceFolder(flags.data, { create: false }).path;
  const clock = systemClock();
  if (flags.watch) {
    const interrupted = interruptSignal();
    await followAgent(
      folder,
      (status) => {
        if (flags.json) printJson(status);
        else show(statusText(status));
        return undefined;
      },
      interrupted,
    );
    return;
  }
  const status = await callAgent(folder, clock, { path: '/v1/status', answer: statusSchema });
  const otp = flags.showPassword ? await password(folder, status) : undefined;
  if (flags.json) printJson(otp === undefined ? status : { ...status, password: otp });
  else say(statusText(status, otp));
}

async function password(folder: string, status: Status): Promise<string | undefined> {
  if (status.otp !== 'live') return undefined;
  const call = { path: '/v1/grant/password', answer: passwordSchema };
  return (await callAgent(folder, systemClock(), call)).otp;
}

/** On a terminal each state takes the place of the one before; elsewhere an empty line parts them. */
function show(text: string): void {
  if (process.stdout.isTTY) process.stdout.write(`\u001b[H\u001b[2J\u001b[3J${text}\n`);
  else say(text, '');
}
