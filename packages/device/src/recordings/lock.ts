import { createHash, verify, type X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, rmSync, statSync, utimesSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { recordingIdSchema } from '@sallyport/protocol/recording';
import { readPrivateFile, writePrivateFile } from '@sallyport/runtime/folder';
import { z } from 'zod';
import { lockedEnding, type RecordingFileName, type RecordingsFolder } from './folder.ts';
import { noteOf } from './quota.ts';

const noteCap = 4 * 1024;
/** What is said of an encrypted recording that is as the device wrote it. */
export const lockedText =
  'It is encrypted, and as the device wrote it: who has the key can decrypt it and verify what comes out.';

/** How the line begins that vouches for an encrypted file. */
const lockMark = '# sallyport-locked ';

const lockSchema = z.object({
  recording: recordingIdSchema,
  /** Of the encrypted file. */
  bytes: z.number().int().nonnegative(),
  sha256: z.string().length(64),
  at: z.iso.datetime(),
});

/**
 * Encrypts a recording that has ended with age (https://age-encryption.org/v1), so that only the holders of the keys can read it:
 * `ID.cast` becomes `ID.cast.age`, and beside it stands `ID.locked`, a line that the device signed, which vouches for
 * the encrypted file. There is one of the two at every moment, whole.
 */
export async function lockRecording(
  file: RecordingFileName,
  options: {
    readonly recipients: readonly string[];
    readonly sign: (text: string) => Buffer;
    readonly at: string;
  },
): Promise<void> {
  const path = file.path.replace(/\.cast$/, lockedEnding);
  const fresh = `${path}.new`;
  rmSync(fresh, { force: true });
  const worker = new Worker(new URL('./lockWorker.ts', import.meta.url), {
    workerData: { from: file.path, to: fresh, recipients: options.recipients },
    env: {},
  });
  const [made] = await once(worker, 'message');
  const lock = lockSchema.parse({ ...made, recording: file.id, at: options.at });
  const text = `${lockMark}${JSON.stringify(lock)}`;
  writePrivateFile(noteOf(file), `${text} ${options.sign(text).toString('base64')}\n`);
  const { mtime } = statSync(file.path);
  utimesSync(fresh, mtime, mtime); // It is as old as it was.
  renameSync(fresh, path);
  rmSync(file.path);
  await worker.terminate();
}

/** Whether an encrypted recording is as the device wrote it; a sentence why not. What is in it, only who has the key can say. */
export async function lockFault(
  folder: RecordingsFolder,
  file: RecordingFileName,
  certificate: X509Certificate,
): Promise<string | undefined> {
  const line = readPrivateFile(noteOf(file), noteCap)?.toString('utf8').trimEnd() ?? '';
  const blank = line.lastIndexOf(' ');
  const text = line.slice(0, blank);
  const signature = Buffer.from(line.slice(blank + 1), 'base64');
  if (!text.startsWith(lockMark)) return 'The line that vouches for it is missing.';
  if (!verify('sha256', Buffer.from(text), certificate.publicKey, signature))
    return 'The signature of the line that vouches for it is not that of the device.';
  const lock = lockSchema.safeParse(JSON.parse(text.slice(lockMark.length)));
  if (!lock.success || lock.data.recording !== file.id) return 'The line that vouches for it is of another.';
  const hash = createHash('sha256');
  await using handle = await folder.open(file);
  for await (const chunk of handle.createReadStream({ autoClose: false })) hash.update(chunk);
  return hash.digest('hex') === lock.data.sha256 ? undefined : 'It is not the file that the device wrote.';
}
