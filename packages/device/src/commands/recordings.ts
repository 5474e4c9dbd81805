import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { SallyportError } from '@sallyport/protocol/errors';
import { grantIdSchema } from '@sallyport/protocol/grant';
import type { NotedHead } from '@sallyport/protocol/recording';
import { formatMoment, printable } from '@sallyport/protocol/text';
import { systemClock } from '@sallyport/runtime/clock';
import { interruptSignal, printJson, printTable } from '@sallyport/runtime/command';
import { fail as ownFail } from '@sallyport/runtime/errors';
import { z } from 'zod';
import { callAgent } from '../api/index.ts';
import { type RecordingFileName, recordingsFolder } from '../recordings/folder.ts';
import { afterwards } from '../recordings/harmless.ts';
import { lockedText, lockFault } from '../recordings/lock.ts';
import { RecordingsLook } from '../recordings/look.ts';
import { playRecording } from '../recordings/play.ts';
import { trustIn, trustOf, type VerdictView, verifyFile, viewVerdict } from '../recordings/verdict.ts';
import { recordingSchema } from '../recordings/view.ts';
import { type CommandFlags, say } from './flags.ts';
import { deviceFolder, identityOf } from './folder.ts';

const folderOf = (flags: CommandFlags): ReturnType<typeof recordingsFolder> =>
  recordingsFolder(deviceFolder(flags.data, { create: false }).file('recordings'));

/** Names of what is being recorded now; none if no agent runs. */
async function runningIn(flags: CommandFlags): Promise<ReadonlySet<string>> {
  try {
    const { recordings } = await callAgent(deviceFolder(flags.data, { create: false }).path, systemClock(), {
      method: 'GET',
      path: '/v1/recordings?limit=200',
      answer: z.object({ recordings: z.array(recordingSchema) }),
    });
    return new Set(recordings.filter(({ state }) => state === 'running').map(({ id }) => id));
  } catch (error) {
    if (error instanceof SallyportError && error.row.exit === 4) return new Set();
    throw error;
  }
}

/** `recordings list`: those of this data folder, the newest first; needs no running agent. */
export async function runRecordingsList(
  flags: CommandFlags & { readonly grant?: string; readonly limit?: number },
): Promise<void> {
  const running = await runningIn(flags);
  const grant = flags.grant === undefined ? undefined : grantIdSchema.safeParse(flags.grant).data;
  if (flags.grant !== undefined && grant === undefined) {
    throw ownFail('wrong-use', { details: { what: 'A grant has 32 hexadecimal digits.' } });
  }
  const look = new RecordingsLook(folderOf(flags), (id) => running.has(id));
  const recordings = await look.list({ grant, limit: flags.limit ?? 50 });
  if (flags.json) {
    printJson(recordings);
    return;
  }
  printTable(
    ['RECORDING', 'BEGUN', 'WHO', 'WHAT', 'STATE', 'BYTES'],
    recordings.map(({ id, from, representative, what, state, bytes, exit }) => [
      id,
      from === undefined ? '' : formatMoment(from),
      printable(representative ?? ''),
      printable(what ?? '', 60),
      exit ? `${state}, ${'code' in exit ? `exit ${exit.code}` : exit.signal}` : state,
      String(bytes),
    ]),
    'Nothing is recorded here.',
  );
}

/** A recording by its id in the data folder, or any file. */
async function openNamed(
  named: string,
  flags: CommandFlags,
): Promise<{
  readonly file: FileHandle;
  readonly name: string;
  readonly locked: boolean;
  /** Of one in the data folder. */
  readonly at?: RecordingFileName;
}> {
  if (!/[/.]/.test(named)) {
    const folder = folderOf(flags);
    const found = folder.find(named);
    return { file: await folder.open(found), name: found.id, locked: found.locked, at: found };
  }
  try {
    return { file: await open(named), name: basename(named), locked: named.endsWith('.age') };
  } catch (cause) {
    throw ownFail('wrong-use', { details: { what: `${printable(named)} cannot be read.` }, cause });
  }
}

/** `recordings play RECORDING`: shows it in this terminal. */
export async function runRecordingsPlay(
  named: string,
  flags: CommandFlags & { readonly speed?: number; readonly idle?: number },
): Promise<void> {
  const stop = interruptSignal();
  const clock = systemClock();
  const { file, locked } = await openNamed(named, flags);
  if (locked)
    throw ownFail('wrong-use', {
      details: { what: 'This recording is encrypted: decrypt it with age first.' },
    });
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = clock.after(ms, resolve);
      stop.addEventListener('abort', () => {
        timer.cancel();
        resolve();
      });
    });
  try {
    await playRecording(file, {
      speed: flags.speed ?? 1,
      idleMs: flags.idle ?? 2_000,
      wait,
      write: (text) =>
        new Promise((resolve, reject) => {
          if (stop.aborted) reject(stop.reason);
          else if (process.stdout.write(text)) resolve();
          else process.stdout.once('drain', resolve);
        }),
    });
  } catch (error) {
    if (!stop.aborted) throw error;
  } finally {
    if (process.stdout.isTTY) process.stdout.write(afterwards);
    await file.close();
  }
}

/** `recordings verify [RECORDING]`: says whether it is as the device wrote it. Exit code 1 if one is not. */
export async function runRecordingsVerify(
  named: string | undefined,
  flags: CommandFlags & {
    readonly all?: boolean;
    readonly certificate?: string;
    readonly noted?: readonly NotedHead[];
  },
): Promise<void> {
  if ((named === undefined) === (flags.all !== true)) {
    throw ownFail('wrong-use', { details: { what: 'Name one recording, or say --all.' } });
  }
  const trusted = trustedBy(flags);
  const names =
    named === undefined
      ? folderOf(flags)
          .list()
          .map(({ id }) => id as string)
      : [named];
  const running = named !== undefined && /[/.]/.test(named) ? new Set<string>() : await runningIn(flags);
  const noted = flags.noted ?? [];
  let wrong = 0;
  const all: VerdictView[] = [];
  for (const one of names) {
    const verdict = await verdictOf(one, flags, { trusted, noted, running });
    if (verdict.verdict === 'tampered' || verdict.verdict === 'truncated') wrong += 1;
    if (flags.json) all.push(verdict);
    else say(inWords(verdict));
  }
  if (flags.json) printJson(named === undefined ? all : all[0]);
  else if (named === undefined && all.length === 0 && names.length === 0) say('Nothing is recorded here.');
  if (wrong > 0) process.exitCode = 1;
}

function trustedBy(flags: CommandFlags & { readonly certificate?: string }): ReturnType<typeof trustIn> {
  if (flags.certificate === undefined) {
    const { id, authority } = identityOf(deviceFolder(flags.data, { create: false })).required();
    return trustOf(id, authority);
  }
  try {
    return trustIn(new X509Certificate(readFileSync(flags.certificate)));
  } catch (cause) {
    const what = `${printable(flags.certificate)} is no certificate.`;
    throw ownFail('wrong-use', { details: { what }, cause });
  }
}

async function verdictOf(
  named: string,
  flags: CommandFlags,
  options: Parameters<typeof verifyFile>[1] & { readonly running: ReadonlySet<string> },
): Promise<VerdictView> {
  const { file, name, locked, at } = await openNamed(named, flags);
  try {
    if (!locked) return viewVerdict(name, await verifyFile(file, options), options.running.has(name));
    const certificate = new X509Certificate(
      identityOf(deviceFolder(flags.data, { create: false })).required().tls.certificate,
    );
    const fault = at && (await lockFault(folderOf(flags), at, certificate));
    const text = at ? lockedText : 'It is encrypted: decrypt it with age, and verify what comes out.';
    const { size: bytes } = await file.stat();
    return {
      id: name,
      verdict: fault === undefined ? 'locked' : 'tampered',
      text: fault ?? text,
      lines: 0,
      bytes,
    };
  } finally {
    await file.close();
  }
}

function inWords({ id, verdict, line, to, text, certificate }: VerdictView): string {
  const where =
    line === undefined || verdict === 'running'
      ? ''
      : verdict === 'truncated'
        ? `: nothing vouches for it from line ${line} on`
        : to === undefined
          ? ` at line ${line}`
          : ` between line ${line} and line ${to}`;
  const by =
    verdict === 'intact' && certificate !== undefined
      ? ` Sealed by the key of the certificate ${certificate}.`
      : '';
  return `${id}: ${verdict}${where}. ${text}${by}`;
}
