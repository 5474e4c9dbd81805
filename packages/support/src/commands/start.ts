import type { Clock } from '@sallyport/protocol/environment';
import { type PortNumber, parsePortNumber } from '@sallyport/protocol/grant';
import { printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, readSecret } from '@sallyport/runtime/command';
import { type DataFolder, dataFolderPath, openDataFolder } from '@sallyport/runtime/folder';
import { systemRandom } from '@sallyport/runtime/random';
import { fail } from '../errors/index.ts';
import {
  type Keyring,
  noKeyring,
  openIdentity,
  type PassphraseSource,
  systemKeyring,
} from '../identity/index.ts';
import { type Caller, settingsOf } from '../relay/index.ts';
import { makeNotice, type OtpSource, openSession, parseOtp, type Session } from '../session/index.ts';
import { whyCut } from '../ssh/whyCut.ts';

/** The layout of the representative's data folder. */
export const dataVersion = 1;

export type CommonOptions = { readonly data?: string; readonly json?: boolean };
export type SessionOptions = CommonOptions & {
  readonly otpFile?: string;
  /** Milliseconds: so long a relay or a device that cannot be reached is tried again. */
  readonly wait?: number;
};

/** @throws folder-missing unless `create`, folder-permissions, folder-later, … */
export function openData(options: CommonOptions, create = false): DataFolder {
  const path = dataFolderPath({ program: 'sallyport', data: options.data });
  return openDataFolder(path, {
    program: 'sallyport',
    version: dataVersion,
    create,
    setUp: 'sallyport login INVITE',
  });
}

/** Who calls the relay in this command. @throws not-logged-in, passphrase-needed, passphrase-wrong, … */
export async function openCaller(
  options: CommonOptions,
): Promise<Caller & { clock: Clock; signal: AbortSignal }> {
  const data = openData(options).path;
  const signal = interruptSignal();
  const identity = await openIdentity(data, passphraseSource(data, signal));
  return { data, identity, clock: systemClock(), signal };
}

/** From the operating system's keyring, else from SALLYPORT_PASSPHRASE, else asked at the terminal. */
export function passphraseSource(data: string, signal: AbortSignal): PassphraseSource {
  const given = process.env['SALLYPORT_PASSPHRASE'];
  return {
    keyring: keyringOf(data),
    given: given === '' ? undefined : given,
    ask: (again) =>
      askPassphrase(again ? 'That was not it. Passphrase of your key: ' : 'Passphrase of your key: ', signal),
  };
}

/** The system's keyring, unless the settings say that there shall be none. */
function keyringOf(data: string): Keyring {
  const chosen = async (): Promise<Keyring> => ((await settingsOf(data)).keyring ? systemKeyring : noKeyring);
  return {
    read: async (account) => (await chosen()).read(account),
    keep: async (account, secret) => (await chosen()).keep(account, secret),
    forget: async (account) => (await chosen()).forget(account),
  };
}

/** @throws passphrase-needed where there is no terminal */
export async function askPassphrase(prompt: string, signal: AbortSignal): Promise<string> {
  const what = 'The passphrase of your key';
  return readSecret({ what, prompt, instead: '', signal }).catch((error) => {
    throw error.code === 'no-tty' ? fail('passphrase-needed', { leg: 'this-computer' }) : error;
  });
}

/** Runs `act`, and says on a terminal that it is connecting when that takes its time. */
export async function connecting<T>(clock: Clock, act: () => Promise<T>): Promise<T> {
  const notice = makeNotice(process.stderr, clock);
  notice.connecting();
  try {
    return await act();
  } finally {
    notice.end();
  }
}

/** A port number as it was typed; `40123.sallyport`, the host name for `ssh`, is one too. @throws port-malformed */
export function readPort(text: string): PortNumber {
  const port = parsePortNumber(text.replace(/\.sallyport$/, ''));
  if (port === undefined) throw fail('port-malformed', { details: { text: printable(text, 40) } });
  return port;
}

/** From `--otp-file`, else from SALLYPORT_OTP, else asked at the terminal (design, section 7). */
export function otpSource(port: PortNumber, options: SessionOptions, signal: AbortSignal): OtpSource {
  const env = process.env['SALLYPORT_OTP'];
  return {
    atHand: options.otpFile !== undefined || Boolean(env),
    read: async () => {
      const text = await readSecret({
        what: 'The one-time password',
        prompt: `One-time password for ${port}: `,
        file: options.otpFile,
        env,
        instead: `Run \`sallyport pair ${port}\` first.`,
        signal,
      }).catch((error) => {
        throw error.code === 'no-tty'
          ? fail('otp-needed', { details: { port }, leg: 'this-computer' })
          : error;
      });
      return parseOtp(text);
    },
  };
}

/** Opens a session for a command, with what is said on standard error meanwhile. */
function startSession(
  caller: Caller & { signal: AbortSignal },
  port: PortNumber,
  options: SessionOptions,
): Promise<Session> {
  const say = (text: string): void => void (options.json || process.stderr.write(`sallyport: ${text}\n`));
  return openSession({
    caller,
    port,
    otp: otpSource(port, options, caller.signal),
    random: systemRandom,
    since: performance.timeOrigin,
    waitMs: options.wait ?? 0,
    notice: makeNotice(process.stderr, caller.clock),
    onApproval: (seconds) => say(`waiting up to ${seconds} s until the administrator lets you in ...`),
    onPairingElsewhere: () => process.stderr.isTTY && say('waiting for another program that is pairing ...'),
  });
}

/** Runs `act` in a session, and ends the session whatever comes of it. @throws why the session ended, if it did first */
export async function withSession<T>(
  port: string,
  options: SessionOptions,
  act: (session: Session, caller: Caller & { signal: AbortSignal }) => Promise<T>,
): Promise<T> {
  const caller = await openCaller(options);
  const session = await startSession(caller, readPort(port), options);
  try {
    return await Promise.race([act(session, caller), thrown(session.ended), aborted(caller.signal)]);
  } catch (error) {
    // When the device ends a session its channels close first, and say less.
    throw session.ending && !caller.signal.aborted ? await whyCut(session) : error;
  } finally {
    await session.end();
  }
}

/** The status of a shell for a program whose reader went away: 128 and SIGPIPE. */
export const readerGone = 141;

/**
 * Resolves when whoever reads standard output has gone away (`sallyport exec … | head -1`): then the session is ended in
 * order, instead of the process at once, which would leave the command on the device running.
 */
export function untilReaderGone(output: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    output.removeAllListeners('error');
    output.on('error', () => resolve());
  });
}

/** For what runs until Ctrl-C: that is its good end. */
export async function untilInterrupted(signal: AbortSignal): Promise<void> {
  await aborted(signal).catch(() => {});
}

/** An interruption of such a command is no failure. */
export async function endingWell(run: Promise<void>): Promise<void> {
  try {
    await run;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'interrupted') throw error;
  }
}

const thrown = (ended: Promise<Error>): Promise<never> =>
  ended.then((error) => {
    throw error;
  });

const aborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
