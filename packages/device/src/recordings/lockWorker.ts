import { createHash } from 'node:crypto';
import { closeSync, createReadStream, fsyncSync, openSync, writeSync } from 'node:fs';
import { Readable } from 'node:stream';
import { parentPort, workerData } from 'node:worker_threads';
import { Encrypter } from 'age-encryption';
import { z } from 'zod';

/** What the thread is given. */
export const lockTaskSchema = z.strictObject({
  from: z.string(),
  to: z.string(),
  recipients: z.array(z.string()).min(1),
});

/*
 * A thread that encrypts one file: it takes seconds for a large one, in which the agent has other things to do. Says the
 * SHA-256 and the size of what it wrote.
 */
async function lock(): Promise<void> {
  const { from, to, recipients } = lockTaskSchema.parse(workerData);
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const locked = await encrypter.encrypt(
    Readable.toWeb(createReadStream(from)) as ReadableStream<Uint8Array>,
  );
  const hash = createHash('sha256');
  const fd = openSync(to, 'wx', 0o600);
  let bytes = 0;
  for await (const chunk of Readable.fromWeb(locked as never)) {
    const piece = chunk as Uint8Array;
    for (let at = 0; at < piece.length; ) at += writeSync(fd, piece, at);
    hash.update(piece);
    bytes += piece.length;
  }
  fsyncSync(fd);
  closeSync(fd);
  parentPort?.postMessage({ bytes, sha256: hash.digest('hex') });
}

void lock();
